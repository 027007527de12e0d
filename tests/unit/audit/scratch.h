/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of this room share: a folder, a record, a child. */
#ifndef STK_TEST_AUDIT_SCRATCH_H
#define STK_TEST_AUDIT_SCRATCH_H

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <stockade/audit.h>

#include "unit.h"

typedef struct scratch {
    char *folder;
    char log[256];  /* folder/log */
    char spec[300]; /* file:folder/log */
} scratch;

static inline int
scratch_set_up(void **state)
{
    scratch *s = calloc(1, sizeof *s);
    void *folder = NULL;

    if (!s || unit_folder_make(&folder) < 0)
        return -1;
    s->folder = folder;
    snprintf(s->log, sizeof s->log, "%s/log", s->folder);
    snprintf(s->spec, sizeof s->spec, "file:%s", s->log);
    *state = s;
    return 0;
}

static inline int
scratch_tear_down(void **state)
{
    scratch *s = *state;
    void *folder = s->folder;

    free(s);
    return unit_folder_remove(&folder);
}

#define scratch_test(function)                                                \
    cmocka_unit_test_setup_teardown(function, scratch_set_up,                 \
                                    scratch_tear_down)

/* The whole of a file, NUL-terminated; freed by free(). */
static inline char *
read_whole(const char *path, size_t *length)
{
    FILE *file = fopen(path, "re");
    char *data;
    long size;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), size);
    data[size] = '\0';
    fclose(file);
    if (length)
        *length = (size_t)size;
    return data;
}

static inline void
write_whole(const char *path, const char *data, size_t length)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* What a guard records of an ordinary import. */
static inline stk_record
ordinary_record(void)
{
    stk_record record = STK_RECORD_INIT;

    record.event = "import";
    record.name = "sqlite3.dbapi2";
    record.importer = "plugins.reports";
    record.file = "/srv/app/plugins/reports.py";
    record.line = 12;
    record.verdict = "deny";
    record.rule = "/etc/app/policy.ini:14";
    record.reason = "rule";
    record.origin = "/usr/lib/python3.11/sqlite3/dbapi2.py";
    record.loader = "SourceFileLoader";
    record.outcome = "refused";
    record.ns = 1834;
    return record;
}

static inline stk_log *
open_log(const char *spec)
{
    stk_error err = STK_ERROR_INIT;
    stk_log *log = NULL;

    if (stk_log_open(&log, &spec, 1, &err) < 0)
        fail_msg("%s: %s", spec, err.message);
    return log;
}

static inline void
write_named(stk_log *log, const char *name)
{
    stk_record record = ordinary_record();
    stk_error err = STK_ERROR_INIT;

    record.name = name;
    if (stk_log_write(log, &record, &err) < 0)
        fail_msg("%s: %s", name, err.message);
}

/*
 * Runs `body` in a forked child and gives its exit code, 128 and the signal
 * when it was killed. cmocka's asserts do not work in there.
 */
static inline int
in_child(int (*body)(void *), void *payload)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(60);
        _exit(body(payload));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A line of any text to a sink; needs "audit/sink.h" before this file. */
#ifdef STK_AUDIT_SINK_H
static inline int
write_text_at(stk_sink *sink, const char *text, uint64_t time, bool within,
              stk_error *err)
{
    size_t length = strlen(text);
    char *framed = malloc(length + 2);
    stk_record record = ordinary_record();
    stk_line line = { framed + 1, length, &record, within };
    int result;

    record.pid = 41;
    record.time = time;
    framed[0] = framed[length + 1] = '\n';
    memcpy(framed + 1, text, length);
    result = stk_sink_write(sink, &line, err);
    free(framed);
    return result;
}

#define SCRATCH_TIME UINT64_C(1769860800123456)

static inline int
write_text(stk_sink *sink, const char *text, stk_error *err)
{
    return write_text_at(sink, text, SCRATCH_TIME, false, err);
}

static inline stk_sink
open_sink(const char *spec)
{
    stk_error err = STK_ERROR_INIT;
    stk_sink sink;

    if (stk_sink_open(&sink, spec, &err) < 0)
        fail_msg("%s: %s", spec, err.message);
    return sink;
}
#endif

static inline int
write_proc(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

    if (fd >= 0)
        close(fd);
    return n < 0 ? -1 : 0;
}

/*
 * Gives this process mounts of its own, through a user namespace where it
 * is not root. Negative where the machine does not let it.
 */
static inline int
own_mounts(void)
{
    char uids[64], gids[64];

    snprintf(uids, sizeof uids, "0 %u 1", (unsigned)getuid());
    snprintf(gids, sizeof gids, "0 %u 1", (unsigned)getgid());
    if (unshare(CLONE_NEWNS) < 0 &&
        (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
         write_proc("/proc/self/uid_map", uids) < 0 ||
         write_proc("/proc/self/setgroups", "deny") < 0 ||
         write_proc("/proc/self/gid_map", gids) < 0))
        return -1;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

#endif
