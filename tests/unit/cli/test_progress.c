/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal is told how far it is; nothing else ever is. */
#include "cli/progress.h"

#include <fcntl.h>
#include "base/clock.h"
#include "unit.h"

/* What a terminal was given by `tell`. */
typedef struct terminal {
    int master;
    FILE *slave;
} terminal;

static terminal
open_terminal(void)
{
    terminal t = { posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), NULL };

    if (t.master < 0 || grantpt(t.master) < 0 || unlockpt(t.master) < 0)
        unit_skip("no terminals here");
    /* not the terminal of a session that a test runner made: it would end
     * with the test's, and take us with it */
    t.slave =
        fdopen(open(ptsname(t.master), O_RDWR | O_NOCTTY | O_CLOEXEC), "r+");
    assert_non_null(t.slave);
    return t;
}

/* Reads until what is written here has come. */
static void
close_terminal(terminal *t, char *text, size_t size)
{
    char *end = NULL;
    size_t used = 0;

    assert_true(fputs("<end>", t->slave) >= 0 && fflush(t->slave) == 0);
    while (!end) {
        ssize_t n = read(t->master, text + used, size - 1 - used);

        assert_true(n > 0);
        used += (size_t)n;
        text[used] = '\0';
        end = strstr(text, "<end>");
    }
    *end = '\0';
    fclose(t->slave);
    close(t->master);
}

static void
test_tell__rewrites_one_line_of_a_terminal(void **state)
{
    terminal t = open_terminal();
    cli_progress progress;
    char text[200];
    uint64_t before;

    (void)state;
    setenv("TERM", "vt100", 1);
    cli_progress_start(&progress, t.slave, "reading");
    progress.next = 0;
    before = stk_clock_monotonic_ns();
    cli_progress_tell(&progress, 1, 4);
    assert_true(progress.next > before);
    progress.next = UINT64_MAX;         /* however slow we are */
    cli_progress_tell(&progress, 2, 4); /* too soon after */
    progress.next = 0;
    cli_progress_tell(&progress, 4, 4);
    cli_progress_end(&progress);
    close_terminal(&t, text, sizeof text);
    assert_string_equal(text, "\rreading  25%\033[K\rreading 100%\033[K"
                              "\r\033[K");
}

static void
test_tell__what_is_done_at_once_has_no_line(void **state)
{
    terminal t = open_terminal();
    cli_progress progress;
    char text[200];
    uint64_t before;

    (void)state;
    setenv("TERM", "vt100", 1);
    before = stk_clock_monotonic_ns();
    cli_progress_start(&progress, t.slave, "reading");
    assert_true(progress.next > before);
    progress.next = UINT64_MAX;
    cli_progress_tell(&progress, 1, 4);
    cli_progress_end(&progress);
    close_terminal(&t, text, sizeof text);
    assert_string_equal(text, "");
}

static void
test_tell__a_dumb_terminal_is_left_alone(void **state)
{
    terminal t = open_terminal();
    cli_progress progress;
    char text[200];

    (void)state;
    setenv("TERM", "dumb", 1);
    cli_progress_start(&progress, t.slave, "reading");
    progress.next = 0;
    cli_progress_tell(&progress, 1, 4);
    cli_progress_end(&progress);
    close_terminal(&t, text, sizeof text);
    assert_string_equal(text, "");
}

static void
test_tell__a_file_is_left_alone(void **state)
{
    const char *path = unit_path(state, "out");
    FILE *file = fopen(path, "w+e");
    cli_progress progress;

    setenv("TERM", "vt100", 1);
    cli_progress_start(&progress, file, "reading");
    progress.next = 0;
    cli_progress_tell(&progress, 0, 0);
    cli_progress_end(&progress);
    assert_int_equal(ftell(file), 0);
    fclose(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tell__rewrites_one_line_of_a_terminal),
        cmocka_unit_test(test_tell__what_is_done_at_once_has_no_line),
        cmocka_unit_test(test_tell__a_dumb_terminal_is_left_alone),
        unit_test_in_folder(test_tell__a_file_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
