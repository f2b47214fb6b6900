# Tries to read what is none of its business. Arguments: a process of the host, a file of the host, and in hexadecimal
# (so that they are not found on its own command line) words that must not be found.
import glob
import os
import sys

host_pid, secret_file = sys.argv[1], sys.argv[2]
secrets = [bytes.fromhex(word) for word in sys.argv[3:5]]
found = []


def attempt(path):
    try:
        with open(path, "rb") as file:
            text = file.read(1 << 20)
        if any(secret in text for secret in secrets):
            found.append(path)
        return True
    except OSError:
        return False


for path in ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/machine-id", "/root/.bashrc", "/proc/kcore", "/dev/mem",
             "/dev/vda", "/dev/sda", "/dev/nvme0n1"):
    if attempt(path):
        found.append(path)
attempt(secret_file)
for pid in (host_pid, "1", "self", "thread-self", str(os.getppid())):
    for name in ("root", "cwd"):
        attempt(f"/proc/{pid}/{name}{secret_file}")
        if pid != "self" and pid != "thread-self" and attempt(f"/proc/{pid}/{name}/etc/shadow"):
            found.append(f"/proc/{pid}/{name}")
    for name in ("environ", "mem", "cmdline", "maps"):
        attempt(f"/proc/{pid}/{name}")
for pid in ("1", host_pid):  # the sandbox's own process lets nobody look into it
    for name in ("environ", "maps", "mem", "fd/3", "fd/4", "exe"):
        if attempt(f"/proc/{pid}/{name}"):
            found.append(f"/proc/{pid}/{name}")
for process in glob.glob("/proc/[0-9]*"):
    attempt(process + "/environ")
    attempt(process + "/cmdline")
if attempt(f"/proc/{host_pid}/status") and int(host_pid) > 50:
    found.append("a process of the host")
for folder in ("/root", "/home", "/var", "/boot", "/sys", "/mnt", "/etc/ssl"):
    try:
        if os.listdir(folder) not in ([], [".pyenv"]):
            found.append(folder)
    except OSError:
        pass
try:  # without a pid namespace /proc is closed
    with open("/proc/self/status", encoding="ascii") as file:
        facts = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    privileges = (int(facts["CapEff"], 16), int(facts["CapBnd"], 16), facts["NoNewPrivs"], facts["Seccomp"])
    if privileges != (0, 0, "1", "2"):
        found.append(f"privileges: {privileges}")
except OSError:
    pass
for name in os.environ:
    if name not in ("PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE"):
        found.append("$" + name)
print("contained" if not found else f"ESCAPED: {found}")
