/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to the system log, as RFC 3164 datagrams. Not through syslog(3): it
 * hides every failure, and its name and facility belong to the process.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "audit/emit.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#define DEFAULT_SOCKET "/dev/log"
#define AUTHPRIV       10u /* the facility of RFC 3164 for it */

/* Returns a connected descriptor, or -1 with errno. */
static int
connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = stk_sink_move(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    int failure;

    if (fd < 0)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    failure = errno;
    close(fd);
    errno = failure;
    return -1;
}

static int
reopen_syslog(stk_sink *sink, stk_error *err)
{
    if (stk_sink_take(sink, connect_to(sink->path)) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "audit sink %s: cannot reach the system "
                                   "log",
                                   sink->label);
    return 0;
}

static int
open_syslog(stk_sink *sink, const char *what, stk_error *err)
{
    const char *path = what[0] ? what : DEFAULT_SOCKET;
    time_t now = time(NULL);
    struct tm local;

    if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
        return stk_error_set(err, STK_E_INVALID,
                             "audit sink %s: the path is too long for a "
                             "socket",
                             sink->label);
    /* asked once: later, in a forked child, libc's lock may be held */
    if (localtime_r(&now, &local))
        sink->utc_offset = (int32_t)local.tm_gmtoff;
    sink->path = stk_text_dup(path);
    return sink->path ? reopen_syslog(sink, err) : stk_error_memory(err);
}

/* "<84>Jan 31 12:00:00 stockade[41]: "; the local form has no host. */
static size_t
write_header(char *text, size_t size, const stk_sink *sink,
             const stk_record *record)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char time[STK_CLOCK_TEXT_MAX];
    unsigned month;

    stk_clock_text(time, (uint64_t)((int64_t)record->time +
                                    sink->utc_offset * INT64_C(1000000)));
    month = (unsigned)((time[5] - '0') * 10 + time[6] - '0');
    if (time[8] == '0')
        time[8] = ' ';
    return (size_t)snprintf(text, size, "<%u>%.3s %.2s %.8s stockade[%lld]: ",
                            AUTHPRIV * 8 + stk_sink_severity(record),
                            months + 3 * (month - 1), time + 8, time + 11,
                            (long long)record->pid);
}

static int
send_line(const stk_sink *sink, char *header, size_t n, const stk_line *line)
{
    struct iovec parts[2] = {
        { header, n }, { (void *)(uintptr_t)line->text, line->length }
    };

    return stk_emit_message(sink->fd, parts, 2);
}

/* The system log was started again: its socket is another one. */
static bool
was_restarted(int failure)
{
    return failure == ECONNREFUSED || failure == ENOTCONN ||
           failure == ECONNRESET || failure == EPIPE;
}

static int
write_syslog(stk_sink *sink, const stk_line *line, stk_error *err)
{
    char header[96];
    size_t n = write_header(header, sizeof header, sink, line->record);
    int result = send_line(sink, header, n, line), fd;

    if (result < 0 && was_restarted(errno)) {
        fd = connect_to(sink->path);
        if (fd >= 0) {
            close(sink->fd);
            stk_sink_take(sink, fd);
            result = send_line(sink, header, n, line);
        }
    }
    if (result < 0 && errno == EMSGSIZE)
        return stk_error_set_errno(err, STK_E_AUDIT, errno,
                                   "%s: a record of %zu bytes is too long "
                                   "for the system log",
                                   sink->label, line->length);
    if (result < 0)
        return stk_error_set_errno(err, STK_E_AUDIT, errno, "%s: cannot write",
                                   sink->label);
    return 0;
}

const stk_sink_type stk_sink_syslog = { "syslog", open_syslog, reopen_syslog,
                                        write_syslog };
