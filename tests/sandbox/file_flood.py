# Fills every place that can be written to, until it is full. Argument: how many bytes it may get in all.
import errno
import os
import sys

most = int(sys.argv[1])
total = 0
problems = []
FULL = (errno.ENOSPC, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.EMFILE)
for folder in ("/tmp", "/tmp/work", "/dev/shm", "/dev", "/", "/proc", "/var/tmp", "/usr", "/run", "/etc"):
    for number in range(10000):
        try:
            fd = os.open(f"{folder}/flood{number}", os.O_CREAT | os.O_WRONLY)
        except OSError as error:
            if error.errno not in FULL:
                problems.append(f"open {folder}: {error}")
            break
        try:
            while total <= 2 * most:
                total += os.write(fd, b"x" * (1 << 20))
        except OSError as error:
            if error.errno not in FULL:
                problems.append(f"write {folder}: {error}")
            if error.errno == errno.ENOSPC:
                break
        finally:
            os.close(fd)
        if total > most:
            break
print("contained" if total <= most and not problems else f"ESCAPED: {total} bytes {problems}")
