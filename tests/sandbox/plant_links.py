# Leaves traps where files are collected: links out, a pipe that blocks, a folder, a file that is not readable.
# Argument: a file of the host.
import os
import sys

secret = sys.argv[1]
os.symlink(secret, "link")
os.symlink("/proc/1/environ", "process")
os.symlink("/", "root")
os.symlink("../" * 20 + secret.lstrip("/"), "up")
os.mkfifo("pipe")
os.mkdir("folder")
os.symlink("/etc", "folder/etc")
os.chmod("folder", 0o500)
with open("good", "w", encoding="utf-8") as file:
    file.write("the good one")
os.chmod("good", 0o755)
with open("large", "wb") as file:
    file.truncate(60 << 20)
print("planted")
