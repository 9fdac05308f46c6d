#!/usr/bin/env python3
"""A chat-room server, written from src/protocol.md alone, with nothing but Python's library.

    python3 server.py --port 10000

It shows that the page is enough, and that the checker finds mistakes. A number in brackets is the
mark of the sentence that the line of code obeys. These sentences it does not obey:

Not claimed: 5.28 5.29 5.30 5.31 5.39 7.9 7.10 9.4 9.6 9.8

More shortcuts: it stores nothing between two runs, keeps files in memory, and does not limit what
waits for a slow reader.
"""
import argparse, collections, hashlib, re, socket, threading, unicodedata

LOCK = threading.RLock()  # guards USERS, ONLINE, ROOMS, and who is in which room
USERS = {}  # folded name -> (name, hash of the password)
ONLINE = {}  # folded name -> Connection
ROOMS = {}  # folded name -> Room, in the order of their creation
FILES = {}  # name of a file -> digests of its contents
SIGNING_IN = set()  # connections that are not signed in yet

BIDI = "\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"
INVISIBLE = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
CONTROLS = re.compile(f"[\x00-\x08\x0a-\x1f\x7f-\x9f{BIDI}]")
DEVICE = re.compile("(CON|PRN|AUX|NUL|CONIN[$]|CONOUT[$]|CLOCK[$]|(COM|LPT)[1-9¹²³])([.].*)?", re.I)
TELNET = re.compile(rb"\xff(\xff|\xfa.*?\xff\xf0|[\xfb-\xfe].|[\xec-\xf9])", re.DOTALL)
SCREEN = ["@ : MENU", ">> Press @ to go back to Menu", ">> Press % to see Users in this Room",
    ">> Press ! to send Files"]
MENU = ["WELCOME TO CHATROOM APP", "MENU", "1 : CREATE ROOM", "2 : DELETE ROOM", "3 : ENTER ROOM",
    "4 : MENU", "5 : EXIT :("]


class Back(Exception): "Somebody answered @: one step back."
class End(Exception): "This connection ends; its text, if any, and $bye are sent."
class Gone(Exception): "The other side is gone."


class Room:
    def __init__(self, name, password):
        self.name, self.password, self.members = name, password, []

    def tell(self, line, but=None):
        for member in self.members:
            if member is not but:
                member.post(line)


def fold(name):  # [6.10]
    return "".join(
        d.lower() for c in name for d in c.upper())


def hashed(password):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"a salt of its own is better", 1000)


def marks_cut(text):  # [6.12]
    kept, run = [], 0
    for c in text:
        mark = unicodedata.category(c)[0] == "M"
        run = run + 1 if mark else run if INVISIBLE.match(c) else 0  # [6.21]
        if run <= 4 or not mark:
            kept.append(c)
    return "".join(kept)


def clean(text):  # [6.13]
    return marks_cut(CONTROLS.sub("", text))


def wrong_name(name, longest, inside):
    """Which rule a name breaks, or None. `inside`: allowed after the first. [6.1] [6.4]"""
    if not 1 <= len(name) <= longest:
        return f"A name has 1 to {longest} characters"
    for at, c in enumerate(name):
        mark = unicodedata.category(c)[0] == "M"
        letter = (c.isalpha() or c.isnumeric()) and not mark
        if INVISIBLE.match(c) or not (letter or at > 0 and (mark or c in inside)):
            return f"A name cannot have {c!r} there"
    if marks_cut(name) != name:
        return "A name has at most four combining marks in a row"
    return None


def wrong_user(name):
    if fold(name) == "server":
        return "That name is the server's"
    return wrong_name(name, 24, "_-.")


def wrong_room(name):
    if "  " in name or name.endswith(" "):
        return "A name has single spaces, inside only"
    return wrong_name(name, 32, "_-. ") or (
        "A room's name cannot end in LOCKED" if name.lower().endswith(" locked") else None)


def wrong_password(password):
    if not 1 <= len(password) <= 128:
        return "A password has 1 to 128 characters"
    if re.search("[\x00-\x1f\x7f-\x9f\ufffd]", password):  # [6.6]
        return "A password cannot have control characters, and must be UTF-8"
    return None


def wrong_file(name):  # [6.8]
    return (not 1 <= len(name.encode()) <= 200 or name[0] == "." or name.strip(" ") != name
        or re.search(f'[/\\\\:*?"<>|\x00-\x1f\x7f-\x9f\ufffd{BIDI}]', name)
        or INVISIBLE.search(name) or name[-1] == "." or DEVICE.fullmatch(name))


def size_text(size):
    for unit in ("B", "KiB", "MiB"):
        if size < 1024 or unit == "MiB":
            return f"{size} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024


class Receipt:
    """Counts who received a file, and tells its sender. [5.16] to [5.20]"""

    def __init__(self, sender, name, waiting):
        self.sender, self.name, self.waiting, self.failed = sender, name, list(waiting), []
        self.total, self.got = len(waiting), 0
        if waiting:
            self.timer = threading.Timer(5, self.remind)
            self.timer.daemon = True
            self.timer.start()
        else:
            sender.post(f" ...File Sent... {name} (nobody else is here)")

    def settle(self, member, problem=None):
        with LOCK:
            if member not in self.waiting:
                return
            self.waiting.remove(member)
            self.got += problem is None
            if problem is not None:
                self.failed.append(f"{member.user}: {problem}")
            if not self.waiting:
                self.timer.cancel()
                names = f" ({self.five(self.failed)})" if self.failed else ""
                self.sender.post(
                    f" ...File Sent... {self.name} received by {self.got} of {self.total}{names}")

    def remind(self):
        with LOCK:
            if self.waiting:
                names = self.five([member.user for member in self.waiting])
                self.sender.post(
                    f" ...{self.name} received by {self.got} of {self.total}, waiting for {names}")

    @staticmethod
    def five(names):  # [5.17]
        return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


class Connection:
    def __init__(self, sock):
        self.sock, self.buffer, self.program = sock, b"", False
        self.user = self.room = self.place = None
        self.wrong = 0  # passwords
        self.first_line = True
        # What waits to be written. Lines go before blocks, so that chat goes on. [5.6]
        self.ready = threading.Condition()
        self.lines, self.blocks, self.closed = collections.deque(), collections.deque(), False
        self.asked_file, self.upload, self.dropping = False, None, False
        self.offers = collections.deque()  # (name, bytes, receipt): the first is under way [5.1]
        self.started = False  # $ready came for it

    # Writing: one thread for each connection, so that nobody waits for anybody.

    def post(self, line):
        with self.ready:
            self.lines.append(line.encode() + b"\n")
            self.ready.notify()

    def write(self):
        try:
            while True:
                with self.ready:
                    while not (self.lines or self.blocks or self.closed):
                        self.ready.wait()
                    if not (self.lines or self.blocks):
                        return
                    # All lines in one write: small ones one by one cost 40 ms each (Nagle).
                    some = b"".join(self.lines) if self.lines else self.blocks.popleft()
                    self.lines.clear()
                self.sock.sendall(some)
        except OSError:
            pass  # the reading side notices

    # Reading

    def fill(self):
        self.sock.settimeout(60 if self.program else None)
        try:
            more = self.sock.recv(65536)
        except socket.timeout:
            self.post("Nothing was heard from you for 60 s")  # [9.5]
            raise Gone
        except OSError:
            raise Gone
        if not more:
            raise Gone  # a last line without LF is not acted upon [1.8]
        self.buffer += more

    def read_line(self):
        """The next line as bytes, or None if it was too long. [1.4] [1.6]"""
        head = b""
        while b"\n" not in self.buffer:
            if len(self.buffer) > 4097:
                head, self.buffer = head or self.buffer[:100], b""
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        first, self.first_line = self.first_line, False
        if not self.program:
            line = line[3:] if first and line.startswith(b"\xef\xbb\xbf") else line
            line = line[:-1] if line.endswith(b"\r\0") else line  # [6.19]
            line = TELNET.sub(lambda m: b"\xff" if m[1] == b"\xff" else b"", line)  # [6.18]
        line = line[:-1] if line.endswith(b"\r") else line  # [1.3]
        too_long = bool(head) or len(line) > 4096
        request = rb"[A-Z]+ /" if too_long else rb"[A-Z]+ .* HTTP/[\d.]+$"
        if first and re.match(request, head or line):
            self.post("This is a chat room, not a web server")  # [1.9]
            raise End
        if too_long:
            if self.asked_file and (head or line).startswith(b"$file"):
                return b"$file"  # makes no sense, and is refused [8.14]
            self.post("Line too long (4096 bytes at most), nothing was sent")
            return None
        return line

    def next_text(self):
        """What was typed; None for a line that cannot be an answer, and was answered itself."""
        while True:
            first = self.first_line
            line = self.read_line()
            if line is None:
                return None
            text = line.decode("utf-8", "replace")  # [1.7]
            if text.startswith("$$"):
                return text[1:]  # [2.2]
            if not text.startswith("$"):
                return text
            if not self.control(text, first):
                return None

    def control(self, text, first):
        """Acts on a control line. False if a text answered it: the question comes again."""
        verb, _, rest = text.partition(" ")
        if verb == "$hello" and first and re.fullmatch("[0-9]+", rest):  # [8.21]
            if rest != "2":
                self.post(f"This server speaks version 2, your program version {clean(rest)}")
                raise End
            self.program = True
            self.show("sign-in", ["Welcome to the ChatRoom App..."])
            return False  # the question comes again, by its name
        if text == "$ping" and self.program:  # [2.11]
            self.post("$pong")
            return True
        if verb == "$data":
            return self.data(rest)
        if self.program and verb in ("$ready", "$ack", "$refuse"):
            return self.answered(verb, rest)
        if self.program and verb in ("$endFile", "$cancel") and (self.upload or self.dropping):
            return self.upload_ends(verb, rest)
        if verb == "$cancel" and self.asked_file:
            self.asked_file = False
            self.post("No file sent")
            return True
        if verb == "$file" and self.asked_file:
            self.asked_file = False
            return self.offered(rest)
        self.post("That control line is unknown, or out of place")  # [2.3] [8.17]
        return False

    # Questions and places

    def show(self, place, lines):
        self.place = place
        if self.program:
            self.post(f"$at {place}")
        for line in lines:
            self.post(line)

    def ask(self, kind, prompt):
        while True:
            self.question(kind, prompt)
            text = self.next_text()
            if text is not None:
                text = text if kind.endswith("password") else text.strip(" ")  # [4.10] [4.16]
                if text == "@":
                    raise Back
                return text

    def question(self, kind, prompt):
        self.post(f"$ask {kind}\n{prompt}" if self.program else prompt)  # one block [3.27]

    def yes(self, kind, prompt):  # [4.2]
        while True:
            answer = self.ask(kind, prompt + " (Y/n)").lower()
            if answer in ("y", "yes", "n", "no", ""):
                return answer[:1] != "n"

    def named(self, kind, prompt, wrong):
        while True:
            name = self.ask(kind, prompt)
            why = wrong(name)
            if why is None:
                return name
            self.post(why)  # [6.15]

    def new_password(self):
        password = self.named("new-password", "Please choose a new Password:", wrong_password)
        return password, self.ask("repeat-password", "Please REPEAT your Password:") == password

    def sign_in(self):
        self.show("sign-in", ["Welcome to the ChatRoom App..."])
        while self.user is None:
            try:
                name = self.named("new-user", "Please write your new Username:", wrong_user)
                if fold(name) in USERS:
                    if self.yes("login", "User already exists... Do you want to go to Login?"):
                        self.login()
                    continue
                password, same = self.new_password()
                if not same:
                    self.post("Passwords don't match, the user was not created")
                    continue
                with LOCK:
                    created = USERS.setdefault(fold(name), (name, hashed(password)))[0] is name
                if not created:
                    self.post("Somebody created the User before you did...")
                    continue
                self.post("New User Added...Going to Login")
                self.login()
            except Back:
                pass  # to new-user [4.3]

    def login(self):
        while True:
            self.post("LOGIN")
            name = self.ask("user", "Please write your Username:")
            password = self.ask("password", "Please write your Password:")
            known = USERS.get(fold(name))
            if known and known[1] == hashed(password):
                return self.take_seat(known[0])
            self.wrong += 1
            if self.wrong == 5:  # [9.2]
                self.post("Too many wrong passwords")
                raise End
            if not self.yes("again", "Wrong Password. Do you Want to Try again?"):
                return

    def take_seat(self, name):
        seen = None
        while True:
            with LOCK:
                other = ONLINE.get(fold(name))
                if other is None or other is seen:  # [8.18]
                    if other:
                        other.evict()
                    ONLINE[fold(name)], self.user = self, name
                    SIGNING_IN.discard(self)
                    return
            prompt = "User Already signed in... Do you want to take over that session?"
            if not self.yes("take-over", prompt):
                return
            seen = other

    def evict(self):
        """Ends this session from another thread: its own reads the end of the stream."""
        self.post("Signed in from another place")
        self.post("$bye")
        self.leave()
        with self.ready:
            self.closed = True
            self.ready.notify()
        self.sock.shutdown(socket.SHUT_RD)

    def menu(self):
        outcome = ["Logged In, You Welcome"]
        while True:
            self.show("menu", outcome + MENU)
            entry = self.number()
            try:
                outcome = [{"1": self.create, "2": self.delete, "3": self.enter}.get(entry, str)()]
            except Back:
                outcome = []  # to the menu [4.5]
            if entry == "5":
                self.post("Goodbye :)")
                raise End
            if self.room:
                outcome = [self.chat()]
            outcome = [line for line in outcome if line]

    def number(self):
        while True:
            try:
                entry = self.ask("menu", "Write a number from 1 to 5")
            except Back:
                continue
            if entry in "1 2 3 4 5".split():
                return entry

    def create(self):
        while True:
            name = self.named("new-room", "Please write the name of the Room:", wrong_room)
            if fold(name) not in ROOMS:
                break
            if self.yes("enter-instead", "Room already created... Do you want to Enter?"):
                return self.enter_named(name)
        password = None
        while self.yes("lock", "Do you want a password?") if password is None else True:
            password, same = self.new_password()
            if same:
                break
            self.post("Passwords don't match")
        with LOCK:
            if fold(name) in ROOMS:
                return "Somebody created the Room before you did..."
            room = ROOMS[fold(name)] = Room(name, password and hashed(password))
            self.join(room, "New Room Added... Entering")

    def list_rooms(self):
        with LOCK:
            self.post("Rooms Available:")
            for room in ROOMS.values():
                locked = " LOCKED" if room.password else ""
                self.post(f"{room.name}{locked} Users: {len(room.members)}")  # [4.24]

    def unlocked(self, room, prompt):
        """None if the room's password was given, or it has none; else what the menu says."""
        for wrong in range(5):
            if not room.password or hashed(self.ask("room-password", prompt)) == room.password:
                return None
            if wrong == 4:
                return "Too many wrong passwords for this room"  # [9.3]
            if not self.yes("again", "Wrong Password. Do you Want to Try again?"):
                raise Back

    def enter(self):
        if not ROOMS:
            return "There are no rooms"
        self.list_rooms()
        self.post("Entering Room")
        return self.enter_named(self.ask("room", "Please write the Room name:"))

    def enter_named(self, name):
        room = ROOMS.get(fold(name))
        if not room:
            return "Room doesn't exist"
        why_not = self.unlocked(room, "Please write the Room Password:")
        with LOCK:
            if why_not or ROOMS.get(fold(name)) is not room:
                return why_not or "Room doesn't exist"
            self.join(room, "Entered the Room, Have a nice chat :P")

    def delete(self):
        if not ROOMS:
            return "There are no rooms"
        self.list_rooms()
        room = ROOMS.get(fold(self.ask("delete", "Which Room do You want to delete?")))
        if not room:
            return "Room doesn't exist"
        why_not = None if room.members else self.unlocked(room, "Write the Room Password:")
        with LOCK:
            if not why_not and room.members:
                return "Room is not empty for deletion"  # [4.26]
            if not why_not and ROOMS.pop(fold(room.name), None) is not room:
                return "Room doesn't exist"
            return why_not or f"Room {room.name} Removed"

    # In a room

    def join(self, room, outcome):
        room.tell(f"::: {self.user} Entered the Room")
        room.members.append(self)
        self.room = room
        self.show(f"room {room.name}", [outcome, f"WELCOME TO {room.name} ROOM"] + SCREEN)

    def leave(self):
        with LOCK:
            room, self.room = self.room, None
            if room:
                room.members.remove(self)
                room.tell(f"User {self.user} has left the room")
        return room

    def chat(self):
        while True:
            text = self.next_text()
            asked, room = self.asked_file, self.room
            if text is None:
                if asked:
                    self.ask_for_file()  # the open question comes again [8.22]
            elif text == "%":
                self.list_members()
            elif text == "@" and asked:
                self.asked_file = False
                self.post("No file sent")
            elif text == "@":
                self.asked_file = False
                if self.upload:
                    self.refuse("you left the room")  # [5.32]
                room = self.leave()
                return room and f"You left the room {room.name}"
            elif text == "!":
                self.ask_for_file()
            elif asked:
                self.asked_file = False
                self.post("Not sent: a file's name was awaited")  # [8.3]
            elif clean(text):
                with LOCK:
                    if self.room:
                        room.tell(f" {self.user}: {clean(text)}")  # [2.1]

    def list_members(self):
        with LOCK:
            self.post("LIST OF USERS:")
            for member in self.room.members if self.room else []:
                self.post(f"User: {member.user}")

    # Files that come

    def ask_for_file(self):
        if not self.program:
            self.post("Files need the client program: cargo run --bin client")  # [4.15]
        elif self.upload:
            self.post(f"One file at a time: {self.upload[0]} is still on its way")
        else:
            self.asked_file = True
            self.question("file", "Write FileName.extension:")

    def offered(self, rest):
        size, _, name = rest.partition(" ")
        if not re.fullmatch("0*[0-9]{1,9}", size) or wrong_file(name):
            self.post("$refuse that is no size, or no name of a file")
        else:
            self.upload, self.dropping = (name, int(size), bytearray()), False
            self.post("$ready")
        return True

    def refuse(self, reason):
        self.upload, self.dropping = None, True  # until the sender's closing line [5.26]
        self.post(f"$refuse {reason}")

    def data(self, count):
        if not re.fullmatch("0*[0-9]{1,5}", count) or not 1 <= int(count) <= 65536:
            self.post("A block has 1 to 65536 bytes")  # [5.36]
            raise End
        while len(self.buffer) < int(count):
            self.fill()
        block, self.buffer = self.buffer[:int(count)], self.buffer[int(count):]
        if self.upload:
            self.upload[2].extend(block)
            if len(self.upload[2]) > self.upload[1]:
                self.refuse("more bytes than were offered")
        elif not self.dropping:
            self.post("That was no block of a file")  # [8.11]
            return False
        return True

    def upload_ends(self, verb, digest):
        upload, dropping = self.upload, self.dropping
        self.upload, self.dropping = None, False
        if dropping or verb == "$cancel":
            return True
        name, size, content = upload
        if len(content) != size or digest != hashlib.sha256(content).hexdigest():
            self.post("$refuse the bytes are not those that were offered")  # [5.21]
            return True
        with LOCK:
            same_name = FILES.setdefault(name, set())
            if len(same_name | {digest}) > 100:
                self.post("$refuse too many files of that name")  # [9.9]
                return True
            same_name.add(digest)
        self.post(f"$ack {digest}")
        with LOCK:
            members = self.room.members if self.room else []
            others = [member for member in members if member is not self]
            receipt = Receipt(self, name, others)
            for member in others:
                member.post(f"::: {self.user} sent {name} ({size_text(size)})")
                member.offer(name, bytes(content), receipt)
        return True

    # Files that go

    def offer(self, name, content, receipt):
        if not self.program:
            receipt.settle(self, "no program for files")
        elif len(self.offers) > 64:  # [9.7]
            receipt.settle(self, "too many files wait already")
        else:
            self.offers.append((name, content, receipt))
            if len(self.offers) == 1:
                self.post(f"$file {len(content)} {name}")

    def answered(self, verb, rest):
        with LOCK:
            if not self.offers:
                self.post("No file is under way")
                return False
            name, content, receipt = self.offers[0]
            digest = hashlib.sha256(content).hexdigest()
            if verb == "$ready" and not self.started:
                self.started = True
                with self.ready:
                    for at in range(0, len(content), 65536):
                        block = content[at:at + 65536]
                        self.blocks.append(b"$data %d\n" % len(block) + block)
                    self.blocks.append(f"$endFile {digest}\n".encode())
                    self.ready.notify()
                return True
            problem = None if verb == "$ack" and rest == digest else "wrong digest"
            if verb == "$refuse":
                reason = clean(rest).encode()[:120].decode("utf-8", "ignore")  # [5.27]
                problem = reason or "refused"
                with self.ready:
                    if self.blocks:
                        self.blocks.clear()
                        self.post("$cancel refused")  # [5.25]
            self.started = False
            self.offers.popleft()
            receipt.settle(self, problem)
            if self.offers:
                self.post(f"$file {len(self.offers[0][1])} {self.offers[0][0]}")
            return True

    # From the first line to the last

    def serve(self):
        writer = threading.Thread(target=self.write, daemon=True)
        writer.start()
        self.post("$chatroom 2")
        try:
            self.sign_in()
            self.menu()
        except End:
            self.post("$bye")
        except Gone:
            pass
        with LOCK:
            self.leave()
            SIGNING_IN.discard(self)
            if self.user and ONLINE.get(fold(self.user)) is self:
                del ONLINE[fold(self.user)]
            for _, _, receipt in self.offers:
                receipt.settle(self, "gone")  # [8.13]
        self.close(writer)

    def close(self, writer):  # [3.22]
        with self.ready:
            self.blocks.clear()
            self.closed = True
            self.ready.notify()
        writer.join(2)
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(2)
            while self.sock.recv(65536):
                pass
        except OSError:
            pass
        self.sock.close()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=10000)
    listener = socket.create_server(("127.0.0.1", options.parse_args().port), backlog=200)
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=Connection(sock).serve, daemon=True).start()


if __name__ == "__main__":
    main()
