"""What the cockpit may connect to on its own: no inner addresses unless they are allowed, and never for long.

The address is judged at the moment of connecting, on what is really connected to: a name that means another address
by now, a redirect or a library that looks up names itself make no difference. Python tells of every connection by an
audit event (``socket.connect``); only connections of a thread that stands inside ``guarded`` are judged.
"""

import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 inside IPv6, as gateways translate them."""


class RefusedAddress(OSError):  # noqa: N818  the libraries in between expect an OSError
    """An address that the cockpit does not connect to on its own."""

    def __init__(self, address: str) -> None:
        super().__init__(f"refused: {address} is an internal address")
        self.address = address


@dataclass(frozen=True)
class Allowed:
    """Inner networks and host names that the settings open."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> "Allowed":
        """From names, addresses and networks (10.1.0.0/16) with spaces or commas between them."""
        networks: list[Network] = []
        hosts = set()
        for word in text.replace(",", " ").split():
            try:
                networks.append(ipaddress.ip_network(word, strict=False))
            except ValueError:
                hosts.add(word.casefold().rstrip("."))
        return cls(tuple(networks), frozenset(hosts))

    def opens(self, address: str, host: str = "") -> bool:
        """Whether an address may be connected to; ``host`` is the name by which it was asked for."""
        if host and host.casefold().rstrip(".") in self.hosts:
            return True
        try:
            plain = _plain(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        if any(plain in network for network in self.networks if network.version == plain.version):
            return True
        return plain.is_global and not plain.is_multicast


@dataclass
class _Watch:
    """What one guarded piece of work may reach, and the connections that it opened."""

    allowed: Allowed
    host: str
    opened: list[socket.socket] = field(default_factory=list)
    late: bool = False

    def judge(self, connection: socket.socket, address: object) -> None:
        """Refuse the address, or remember the connection so that it can be cut off."""
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            raise RefusedAddress("unix")
        place = str(address[0]) if isinstance(address, tuple) else str(address)
        if not self.allowed.opens(place, self.host):
            raise RefusedAddress(place)
        if self.late:
            raise TimeoutError("the time for this is over")
        self.opened.append(connection.dup())

    def cut(self) -> None:
        """Break off every connection: whoever waits for an answer gets none."""
        self.late = True
        for one in self.opened:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connections; those who opened them close theirs."""
        for one in self.opened:
            one.close()


_here = threading.local()


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    watch = getattr(_here, "watch", None)
    if watch is not None:
        watch.judge(*arguments)


sys.addaudithook(_hook)


@contextmanager
def guarded(allowed: Allowed, host: str, seconds: float) -> Iterator[None]:
    """Do something in this thread that connects: only to open addresses, and no longer than so many seconds.

    host     the name that is meant to be reached; it may be allowed by name
    raises   RefusedAddress where it connects; the libraries in between may wrap it, see ``refusal``
    """
    watch = _Watch(allowed, host)
    timer = threading.Timer(seconds, watch.cut)
    timer.daemon = True
    _here.watch = watch
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        _here.watch = None
        watch.close()


def refusal(error: BaseException) -> RefusedAddress | None:
    """The refusal that an error comes from, whatever it was wrapped in."""
    return next((one for one in causes(error) if isinstance(one, RefusedAddress)), None)


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything that it was made from; libraries wrap what the network says several times."""
    seen: set[int] = set()
    queue: list[BaseException] = [error]
    while queue:
        one = queue.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            found = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            queue += [inside for inside in found if isinstance(inside, BaseException)]


def inner(host: str, port: int, allowed: Allowed) -> str:
    """The inner address that a name means now, or nothing; a name that means nothing now is judged when it is used."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ""
    places = (str(one[4][0]) for one in found)
    return next((place for place in places if not allowed.opens(place, host)), "")


def _plain(address: Address) -> Address:
    """The address that is really meant by one of IPv6 that carries one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
