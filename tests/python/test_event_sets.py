# SPDX-License-Identifier: Apache-2.0
"""The built-in sets hold every audit event of every Python found here, each
once, and the dangerous ones where they belong."""

# covers: python/layers/event.c

import re

import pytest

from test_groups import ROOT, find_pythons

SETS = ["process", "network", "native", "introspection", "files", "code", "other"]

# As the documentation of CPython 3.8 to 3.13 has them ("Audit events table"),
# but for those of Windows: what starts something, talks to somebody, runs
# machine code or hands out somebody else's insides.
BELONGS = {
    "process": """os.exec os.fork os.forkpty os.kill os.killpg os.posix_spawn os.spawn
        os.startfile os.system pty.spawn subprocess.Popen webbrowser.open ensurepip.bootstrap
        cpython.PyInterpreterState_New _posixsubprocess.fork_exec""",
    "network": """ftplib.connect ftplib.sendcmd http.client.connect http.client.send imaplib.open
        imaplib.send nntplib.connect nntplib.putline poplib.connect poplib.putline smtplib.connect
        smtplib.send socket.__new__ socket.bind socket.connect socket.getaddrinfo
        socket.gethostbyaddr socket.gethostbyname socket.getnameinfo socket.sendmsg socket.sendto
        telnetlib.Telnet.open telnetlib.Telnet.write urllib.Request""",
    "native": """ctypes.addressof ctypes.call_function ctypes.cdata ctypes.create_string_buffer
        ctypes.create_unicode_buffer ctypes.dlopen ctypes.dlsym ctypes.get_errno
        ctypes.get_last_error ctypes.seh_exception ctypes.set_errno ctypes.set_exception
        ctypes.set_last_error ctypes.string_at ctypes.wstring_at sqlite3.enable_load_extension
        sqlite3.load_extension os.add_dll_directory""",
    "introspection": """code.__new__ function.__new__ gc.get_objects gc.get_referents
        gc.get_referrers object.__getattr__ object.__setattr__ object.__delattr__
        sys._current_exceptions sys._current_frames sys._getframe sys.addaudithook sys.settrace
        sys.setprofile sys.monitoring.register_callback builtins.breakpoint""",
    "files": """open os.listdir os.scandir os.walk os.fwalk os.remove os.rename os.rmdir os.mkdir
        os.link os.symlink os.truncate os.chmod os.chown os.utime os.setxattr os.getxattr
        os.listxattr os.removexattr os.lockf fcntl.fcntl fcntl.flock fcntl.ioctl fcntl.lockf
        shutil.copyfile shutil.copymode shutil.copystat shutil.copytree shutil.make_archive
        shutil.move shutil.rmtree shutil.unpack_archive shutil.chown tempfile.mkstemp
        tempfile.mkdtemp glob.glob pathlib.Path.glob pathlib.Path.rglob mmap.__new__
        sqlite3.connect""",
    "code": """compile exec marshal.load marshal.loads marshal.dumps pickle.find_class
        cpython.run_command cpython.run_file cpython.run_interactivehook cpython.run_module
        cpython.run_startup cpython.run_stdin""",
    "other": """_thread.start_new_thread array.__new__ builtins.id builtins.input
        cpython.PyInterpreterState_Clear cpython._PySys_ClearAuditHooks os.chdir os.putenv
        os.unsetenv pdb.Pdb resource.prlimit resource.setrlimit setopencodehook
        signal.pthread_kill socket.gethostname socket.getservbyname socket.getservbyport
        socket.sethostname sys._getframemodulename sys.excepthook
        sys.set_asyncgen_hooks_finalizer sys.set_asyncgen_hooks_firstiter sys.unraisablehook
        syslog.closelog syslog.openlog syslog.setlogmask syslog.syslog time.sleep""",
}

# Judged as imports; asserted by CPython's own tests.
NOT_HERE = {"import", "test_event", "test.test_func"}


def read_sets():
    sets, name = {}, None
    for line in (ROOT / "policy" / "events.ini").read_text().splitlines():
        heading = re.match(r"\[group events\.(\w+)\]", line)
        if heading:
            name = heading.group(1)
            sets[name] = []
        elif line.startswith("members ="):
            sets[name] += line.partition("=")[2].replace(",", " ").split()
    return sets


def test_the_sets_are_these():
    assert list(read_sets()) == SETS


def test_every_event_is_in_one_set():
    events = [event for members in read_sets().values() for event in members]
    assert sorted(set(events)) == sorted(events)


@pytest.mark.parametrize("name", SETS)
def test_what_is_documented_is_where_it_belongs(name):
    assert set(BELONGS[name].split()) - set(read_sets()[name]) == set()


def test_what_the_libraries_of_each_python_raise_is_known():
    known = {event for members in read_sets().values() for event in members}
    seen = set()
    for executable in find_pythons():
        folder = executable.parent.parent / "lib"
        for path in folder.glob("python3.*/**/*.py"):
            if {"test", "tests", "site-packages", "dist-packages"} & set(path.parts):
                continue
            text = path.read_text("utf-8", "replace")
            seen |= set(re.findall(r"\bsys\.audit\(\s*[\"']([\w./]+)", text))
    # one Python alone has over thirty
    assert len(seen) > 30
    assert {event.partition("/")[0] for event in seen} - known - NOT_HERE == set()


def test_what_the_core_of_each_python_raises_is_known():
    """Names in the interpreter's own file that look as its events do."""
    known = {event for members in read_sets().values() for event in members}
    looks = re.compile(
        rb"\0((?:ctypes|socket|gc|os|marshal|mmap|fcntl|resource|syslog|sqlite3|code|function|"
        rb"object|array|builtins|_thread|sys)\.(?:_*[a-z][A-Za-z_]*)(?:\.[a-z_]+)?)(?:/[a-z]+)?\0")
    # names of types, and of the source files
    types = re.compile(r"struct_|_result$|_info$|\.(?:_local|_localdummy|lock|array|arrayiterator|"
                       r"mmap|error|herror|gaierror|timeout|error_object|dump|path|terminal_size|walk|"
                       r"pathr|flags|version|monitoring|legacy_event_handler|[ch])$")
    places = {}
    for executable in find_pythons():
        for path in [executable] + list((executable.parent.parent / "lib").glob(
                "**/lib-dynload/*.so")):
            for name in looks.findall(path.read_bytes()):
                if not types.search(name.decode()):
                    places.setdefault(name.decode(), path)
    assert len(places) > 40
    assert {name: path for name, path in places.items() if name not in known} == {}
