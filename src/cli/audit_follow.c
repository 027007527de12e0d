/* SPDX-License-Identifier: Apache-2.0 */
/* stockade audit follow: a log as it grows, rotated or cut or not. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "cli/audit.h"
#include "cli/filter.h"
#include "cli/output.h"
#include "cli/table.h"

enum { OPT_LINES = 'n' };

static const cli_option options[] = {
    { OPT_LINES, "lines", "N", "begin with the last N lines (default: 10)" },
    CLI_FILTER_OPTIONS,
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

#define LINE_LIMIT (1u << 20)
#define PAUSE_NS   100000000L

typedef struct following {
    cli_filter filter;
    const char *path;
    long lines;
    bool json, headed;
    int fd; /* owned; -1: waiting for the file to appear */
    struct stat opened;
    off_t offset;
    stk_buffer partial;
} following;

static volatile sig_atomic_t stopped;

static void
stop(int number)
{
    (void)number;
    stopped = 1;
}

/* ---- lines ---------------------------------------------------------- */

static void
show_line(following *f, const char *text, size_t length)
{
    stk_record_parsed *parsed = NULL;
    stk_record record = STK_RECORD_INIT;
    stk_error err = STK_ERROR_INIT;

    if (stk_record_parse(&parsed, &record, text, length, &err) < 0) {
        cli_put(stderr, f->path);
        fputs(": ", stderr);
        cli_put(stderr, err.message);
        fputc('\n', stderr);
        return;
    }
    if (cli_filter_match(&f->filter, &record)) {
        if (f->json) {
            fwrite(text, 1, length, stdout);
            putchar('\n');
        } else {
            if (!f->headed)
                cli_table_head();
            f->headed = true;
            cli_table_row(&record);
        }
    }
    stk_record_parsed_free(parsed);
}

static void
end_line(following *f)
{
    if (f->partial.failed)
        cli_say("%s: a line is longer than %u bytes", f->path, LINE_LIMIT);
    else if (f->partial.length)
        show_line(f, f->partial.data, f->partial.length);
    stk_buffer_clear(&f->partial);
    f->partial = (stk_buffer)STK_BUFFER_INIT(LINE_LIMIT);
}

static void
take_bytes(following *f, const char *data, size_t length)
{
    while (length > 0) {
        const char *end = memchr(data, '\n', length);
        size_t n = end ? (size_t)(end - data) : length;

        stk_buffer_append(&f->partial, data, n);
        if (!end)
            return;
        end_line(f);
        data += n + 1;
        length -= n + 1;
    }
}

/* Everything that is there now. Returns true when there was something. */
static bool
read_on(following *f)
{
    static char block[1 << 16];
    bool any = false;
    ssize_t n;

    while (!stopped &&
           (n = pread(f->fd, block, sizeof block, f->offset)) > 0) {
        f->offset += n;
        take_bytes(f, block, (size_t)n);
        any = true;
    }
    if (any)
        fflush(stdout);
    return any;
}

/* ---- the file ------------------------------------------------------- */

/* Where the last `lines` lines begin. */
static off_t
find_tail(int fd, off_t size, long lines)
{
    char block[4096];
    off_t at = size;
    long seen = 0;

    while (at > 0) {
        off_t from = at > (off_t)sizeof block ? at - (off_t)sizeof block : 0;
        ssize_t n = pread(fd, block, (size_t)(at - from), from);

        if (n <= 0)
            return 0;
        while (n > 0) {
            /* the newline that ends the last line begins no other */
            if (block[n - 1] == '\n' && from + n != size && ++seen == lines)
                return from + n;
            n--;
        }
        at = from;
    }
    return 0;
}

/* Returns 0 when it is open or may yet appear, or what to exit with. */
static int
open_log(following *f, bool first)
{
    f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (f->fd < 0 && errno == ENOENT) {
        if (first)
            cli_say("%s: not there yet, waiting", f->path);
        return 0;
    }
    if (f->fd < 0 || fstat(f->fd, &f->opened) < 0) {
        cli_say("%s: cannot open: %s", f->path, strerror(errno));
        return CLI_NO;
    }
    if (!S_ISREG(f->opened.st_mode)) {
        cli_say("%s: is no regular file", f->path);
        return CLI_NO;
    }
    f->offset = 0;
    if (first && f->lines == 0)
        f->offset = f->opened.st_size;
    else if (first)
        f->offset = find_tail(f->fd, f->opened.st_size, f->lines);
    return 0;
}

static void
close_log(following *f)
{
    stk_closep(&f->fd);
    end_line(f);
}

/* Another file under the name, or this one cut: begin at its start. */
static int
look_again(following *f)
{
    struct stat named, ours;

    if (f->fd < 0)
        return open_log(f, false);
    if (stat(f->path, &named) == 0 && (named.st_ino != f->opened.st_ino ||
                                       named.st_dev != f->opened.st_dev)) {
        /* what came between the last read and the rotation */
        read_on(f);
        close_log(f);
        cli_say("%s: another file stands there, following it", f->path);
        return open_log(f, false);
    }
    if (fstat(f->fd, &ours) == 0 && ours.st_size < f->offset) {
        end_line(f);
        f->offset = 0;
        cli_say("%s: was cut, following it from its start", f->path);
    }
    return 0;
}

/* ---- the command ---------------------------------------------------- */

static int
follow(following *f)
{
    const struct timespec rest = { 0, PAUSE_NS };
    int status = open_log(f, true);

    while (status == 0 && !stopped) {
        if (f->fd >= 0 && read_on(f))
            continue;
        if (ferror(stdout))
            break;
        nanosleep(&rest, NULL);
        if (!stopped)
            status = look_again(f);
    }
    stk_closep(&f->fd);
    stk_buffer_clear(&f->partial);
    return status;
}

static void
catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int
read_lines(cli_line *line, long *lines)
{
    char *end;

    *lines = strtol(optarg, &end, 10);
    if (end != optarg && !*end && *lines >= 0 && *lines <= 1000000)
        return CLI_GOOD;
    line->status = cli_usage_error(
        line->command, "--lines is a number from 0, not \"%s\"", optarg);
    return CLI_STOP;
}

static int
take_option(cli_line *line, void *asked, int option)
{
    following *f = asked;

    return option == OPT_LINES ? read_lines(line, &f->lines)
                               : cli_filter_take(&f->filter, line, option);
}

static int
run_follow(const cli_command *self, int argc, char **argv)
{
    following f;
    cli_line line;
    int status;

    memset(&f, 0, sizeof f);
    f.fd = -1;
    f.lines = 10;
    f.partial = (stk_buffer)STK_BUFFER_INIT(LINE_LIMIT);
    cli_line_start(&line, self, argc, argv);
    if (!cli_take_options(&line, take_option, &f) ||
        cli_operands(&line, 1, 1) < 0) {
        cli_filter_clear(&f.filter);
        return line.status;
    }
    f.path = argv[optind];
    f.json = line.json;
    catch_signals();
    status = follow(&f);
    cli_filter_clear(&f.filter);
    return status;
}

const cli_command cli_audit_follow = {
    "audit follow", "FILE",     "show a log as it grows, until interrupted",
    options,        run_follow,
};
