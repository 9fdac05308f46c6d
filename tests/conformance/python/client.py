#!/usr/bin/env python3
"""A chat-room client, written from src/protocol.md alone, with nothing but Python's library.

    python3 client.py 127.0.0.1:10000

Files are sent from the folder that it was started in, and received into LocalFiles. A number in
brackets is the mark of the sentence that the line of code obeys. It does not reconnect.

Not claimed:
"""
import hashlib, os, re, socket, sys, threading, unicodedata

FOLDER = "LocalFiles"
BIDI = "\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"
CONTROLS = re.compile(f"[\x00-\x08\x0a-\x1f\x7f-\x9f{BIDI}]")
DEVICE = re.compile("(CON|PRN|AUX|NUL|CONIN[$]|CONOUT[$]|CLOCK[$]|(COM|LPT)[1-9¹²³])([.].*)?", re.I)
MOST = 65536  # bytes of a block


class Broken(Exception): "The server breaks the protocol: the connection ends, with a failure."


def wrong_file(name):  # [6.8]
    return (not 1 <= len(name.encode()) <= 200 or name[0] == "." or name.strip(" ") != name
        or re.search(f'[/\\\\:*?"<>|\x00-\x1f\x7f-\x9f{BIDI}\ufffd]', name)
        or any(unicodedata.category(c) == "Cf" for c in name)
        or name[-1] == "." or DEVICE.fullmatch(name))


def echo(on):
    """Whether the terminal shows what is typed. [4.10]"""
    if sys.stdin.isatty():
        import termios
        mode = termios.tcgetattr(0)
        mode[3] = mode[3] | termios.ECHO if on else mode[3] & ~termios.ECHO
        termios.tcsetattr(0, termios.TCSADRAIN, mode)


class Client:
    def __init__(self, sock):
        self.sock, self.buffer, self.sending = sock, b"", threading.Lock()
        self.greeting, self.bye = [], False  # text before the first $at: for raw connections [3.6]
        self.question, self.asked = None, threading.Event()  # the event: $ask file, or no question
        self.outgoing, self.refused = None, threading.Event()  # the file under way, out
        self.incoming, self.dropping = None, False  # [name, size, bytes]: the file under way, in

    def send(self, *parts):
        with self.sending:  # so that no line of another thread comes into a block
            self.sock.sendall(b"".join(parts))

    def say(self, line):
        self.send(line.encode() + b"\n")

    def show(self, text):
        if self.greeting is None:
            print(CONTROLS.sub("", text), flush=True)  # [6.14]
        else:
            self.greeting.append(text)

    # Keyboard: a thread of its own

    def keyboard(self):
        awaited = False  # $ask file, since ! was typed
        for line in sys.stdin:
            line = line.rstrip("\n")
            if awaited:
                self.asked.wait(10)
            if self.question == "file" and line not in "@%!":
                self.offer(line)
            else:
                awaited = line == "!"
                self.asked.clear()
                self.question = None
                self.say("$" + line if line.startswith("$") else line)  # [2.2]

    def offer(self, path):
        self.question = None
        name = os.path.basename(path)
        try:
            with open(path, "rb") as file:
                content = file.read()
            if wrong_file(name):
                raise OSError("the protocol has no such name")
            self.outgoing = content
            self.say(f"$file {len(content)} {name}")
        except OSError as error:
            print(f"Cannot send {name}: {error}", flush=True)
            self.say("$cancel cannot read it")  # [4.14]

    def send_blocks(self, content):
        for at in range(0, len(content), MOST):
            if self.refused.is_set():
                return self.say("$cancel refused")  # [5.25]
            block = content[at:at + MOST]
            self.send(b"$data %d\n" % len(block), block)
        self.say(f"$endFile {hashlib.sha256(content).hexdigest()}")

    # The server's lines: the main thread

    def fill(self):
        more = self.sock.recv(65536)  # its timeout is 60 s [3.18]
        if not more:
            raise ConnectionError("Connection to server closed.")
        self.buffer += more

    def read_line(self):
        while b"\n" not in self.buffer:
            if len(self.buffer) > 16385:
                raise Broken("a line that is too long")  # [8.20]
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        line = line[:-1] if line.endswith(b"\r") else line
        if len(line) > 16384:
            raise Broken("a line that is too long")
        return line.decode("utf-8", "replace")

    def receive(self):
        first = self.read_line()
        verb, _, version = first.partition(" ")
        if verb != "$chatroom":
            raise Broken("This is no chat-room server")  # [3.3]
        if version == "2":
            self.say("$hello 2")  # [3.4]
        else:
            version = CONTROLS.sub("", version)
            raise Broken(f"The server speaks version {version}, this client 2")  # [3.2]
        while not self.bye:
            line = self.read_line()
            if line.startswith("$"):
                self.control(*line.partition(" ")[::2])
            else:
                self.show(line)

    def control(self, verb, rest):
        known = {"$at": self.at, "$ask": self.ask, "$bye": self.says_bye, "$data": self.data,
            "$file": self.offered, "$endFile": self.ends, "$cancel": self.cancelled,
            "$ready": self.ready, "$ack": self.acked, "$refuse": self.is_refused}
        known.get(verb, lambda rest: None)(rest)  # an unknown verb is ignored [2.5]

    def at(self, place):
        self.greeting = None
        echo(True)

    def ask(self, kind):
        self.question = kind
        echo(not kind.endswith("password"))
        if kind == "file":
            self.asked.set()

    def says_bye(self, rest):
        greeting, self.greeting, self.bye = self.greeting, None, True
        for line in greeting or []:
            self.show(line)

    def ready(self, rest):
        if self.outgoing is not None:
            content, self.outgoing = self.outgoing, None
            self.refused.clear()
            threading.Thread(target=self.send_blocks, args=(content,), daemon=True).start()

    def acked(self, digest):
        print("The server has the file", flush=True)

    def is_refused(self, reason):
        self.outgoing = None
        self.refused.set()
        print(f"The server will not have the file: {CONTROLS.sub('', reason)}", flush=True)

    def offered(self, rest):
        size, _, name = rest.partition(" ")
        if not re.fullmatch("0*[0-9]{1,12}", size) or wrong_file(name):
            self.say("$refuse that is no name of a file")  # [6.9]
        elif self.incoming:
            self.say("$refuse one file at a time")  # [8.10]
        else:
            self.incoming = [name, int(size), bytearray()]
            self.say("$ready")

    def data(self, count):
        if not re.fullmatch("0*[0-9]{1,5}", count) or not 1 <= int(count) <= MOST:
            raise Broken("a block that cannot be counted")  # [8.20]
        while len(self.buffer) < int(count):
            self.fill()
        if self.incoming:
            self.incoming[2].extend(self.buffer[:int(count)])
        self.buffer = self.buffer[int(count):]

    def ends(self, digest):
        if self.incoming is None:
            return
        (name, size, content), self.incoming = self.incoming, None
        if len(content) != size or digest != hashlib.sha256(content).hexdigest():
            return self.say("$refuse the bytes are not those that were offered")  # [5.21]
        path = store(name, bytes(content))
        self.say(f"$ack {digest}")
        print(f"Got File: {path}", flush=True)

    def cancelled(self, rest):
        self.incoming = None


def store(name, content):
    """Stores it under its name, or under a numbered one. Never over another file. [5.23]"""
    os.makedirs(FOLDER, exist_ok=True)
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    number = 0
    while True:
        mark = f" ({number})" if number else ""
        if len((mark + ending).encode()) >= 200:
            stem, ending = name, ""  # nothing of the stem would be left [8.19]
        head = stem.encode()[:200 - len((mark + ending).encode())].decode("utf-8", "ignore")
        path = os.path.join(FOLDER, head + mark + ending)
        try:
            with open(path, "xb") as file:  # x: fails if it exists
                file.write(content)
            return path
        except FileExistsError:
            with open(path, "rb") as file:
                if file.read() == content:
                    return path
            number += 1


def pings(client):
    while not threading.Event().wait(15):
        client.say("$ping")  # [3.16]


def main():
    host, _, port = sys.argv[1].rpartition(":")
    client = Client(socket.create_connection((host, int(port)), timeout=60))
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for target in (lambda: client.keyboard(), lambda: pings(client)):
        threading.Thread(target=target, daemon=True).start()
    code = 1
    try:
        client.receive()
        code = 0
    except (Broken, OSError) as error:
        print(error, flush=True)
    echo(True)
    os._exit(code)  # the keyboard's thread waits for a line, and nothing wakes it


if __name__ == "__main__":
    main()
