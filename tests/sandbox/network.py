# Tries to reach anything. Arguments: a TCP port on the host's loopback, the name of an abstract socket there, the
# path of a socket there.
import socket
import sys

port, abstract, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
reached = []


def attempt(what, family, kind, address, protocol=0):
    try:
        with socket.socket(family, kind, protocol) as end:
            end.settimeout(2)
            end.connect(address)
            end.send(b"x")
            reached.append(what)
    except OSError:
        pass


attempt("loopback", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port))
attempt("loopback, udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port))
attempt("loopback, v6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", port))
attempt("outside", socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 80))
attempt("outside, udp", socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 53))
attempt("abstract socket", socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
attempt("socket in the file system", socket.AF_UNIX, socket.SOCK_STREAM, path)
for name, family, kind in (("raw", socket.AF_INET, socket.SOCK_RAW), ("packet", socket.AF_PACKET, socket.SOCK_RAW),
                           ("netlink", socket.AF_NETLINK, socket.SOCK_RAW), ("vsock", 40, socket.SOCK_STREAM)):
    try:
        socket.socket(family, kind).close()
        reached.append(name)
    except OSError:
        pass
print("contained" if not reached else f"ESCAPED: {reached}")
