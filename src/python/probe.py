# SPDX-License-Identifier: Apache-2.0
"""Tells meson how to build for the interpreter that runs this.

Prints lines of a key, a tab and a value; a key may be repeated. Asks the interpreter itself,
never the name it was called by: `python3` may be a shim, a link or a venv.
meson's own python module is not used: 1.0 cannot introspect 3.12 and later,
and does not set the rpath that a libpython outside /usr/lib needs.
"""

import os
import sys
import sysconfig

LINK = sys.argv[1]  # auto, shared or static; wheel: shared or none
PREFIX = sys.argv[2]  # where the build will be installed
VAR = sysconfig.get_config_var


def say(key, value):
    if set("\t\n") & set(value):
        sys.exit("%s has a tab or a newline in it: %r" % (key, value))
    print(key, value, sep="\t")


def first_file(folders, name):
    for folder in folders:
        path = os.path.join(folder or "", name or "")
        if folder and name and os.path.isfile(path):
            return path
    return None


def is_system_folder(folder):
    arch = VAR("MULTIARCH") or ""
    system = {"/lib", "/usr/lib", "/lib64", "/usr/lib64",
              "/lib/" + arch, "/usr/lib/" + arch}
    return os.path.realpath(folder) in {os.path.realpath(d) for d in system}


def say_shared(library):
    folder = os.path.dirname(library)
    say("library", library)
    say("link", library)
    if not is_system_folder(folder):
        say("link", "-Wl,-rpath," + folder)


def say_static(library):
    say("library", library)
    # whole: extension modules need what this program itself never calls
    for arg in ("-Wl,--whole-archive", library, "-Wl,--no-whole-archive"):
        say("link", arg)
    words = []
    for name in ("MODLIBS", "LIBS", "SYSLIBS"):
        words += (VAR(name) or "").split()
    for arg in list(dict.fromkeys(words)) + ["-Wl,-export-dynamic"]:
        say("link", arg)


def say_link():
    folders = [VAR("LIBDIR"), VAR("LIBPL"),
               os.path.join(sys.base_prefix, "lib")]
    shared = static = None
    if VAR("Py_ENABLE_SHARED"):
        shared = first_file(folders, VAR("LDLIBRARY"))
    static = first_file(folders, VAR("LIBRARY"))
    if shared and LINK != "static":
        say("kind", "shared")
        say_shared(shared)
    elif LINK == "wheel":
        say("kind", "none")
    elif static and LINK != "shared":
        say("kind", "static")
        say_static(static)
    else:
        sys.exit("%s has no %s libpython; on Debian: apt install python3-dev"
                 % (sys.executable, "" if LINK == "auto" else LINK))


def platlib():
    if PREFIX == "/usr" and "deb_system" in sysconfig.get_scheme_names():
        return sysconfig.get_path("platlib", "deb_system")
    found = os.path.relpath(sysconfig.get_path("platlib"), sys.prefix)
    # Debian's default scheme puts /usr/local into its pattern
    if found.startswith("local/"):
        found = found[len("local/"):]
    return os.path.join(PREFIX, found)


def main():
    include = sysconfig.get_path("include")
    if not os.path.isfile(os.path.join(include, "Python.h")):
        sys.exit("%s has no Python.h in %s; on Debian: apt install"
                 " python3-dev" % (sys.executable, include))
    executable = getattr(sys, "_base_executable", None) or sys.executable
    say("version", "%d.%d.%d" % sys.version_info[:3])
    # python3.11, not python3: the latter may be another one tomorrow
    say("executable", os.path.realpath(executable))
    say("suffix", VAR("EXT_SUFFIX"))
    say("stdlib", sysconfig.get_path("stdlib"))
    say("machine", VAR("DESTSHARED"))
    for name in dict.fromkeys(["include", "platinclude"]):
        say("include", sysconfig.get_path(name))
    say("platlib", platlib())
    say_link()


main()
