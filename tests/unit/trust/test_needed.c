/* SPDX-License-Identifier: Apache-2.0 */
/* trust/needed.c: names and folders, and nothing beyond the file. */
#include "trust/needed.h"

#include <elf.h>
#include <stdlib.h>

#include "unit.h"

#define ADDRESS 0x1000u /* where the file is loaded */
#define DYNAMIC 200u
#define STRINGS 400u
#define SIZE    500u

/* The offsets of the names in what STRINGS has. */
#define FIRST  1u
#define SECOND 9u
#define FOLDER 17u
static const char strings[] = "\0liba.so\0libb.so\0$ORIGIN/../x.libs:/usr";

static void
add_segment(unsigned char *file, unsigned n, unsigned type, uint64_t offset,
            uint64_t size)
{
    Elf64_Phdr segment = { .p_type = type,
                           .p_offset = offset,
                           .p_vaddr = ADDRESS + offset,
                           .p_filesz = size };

    memcpy(file + sizeof(Elf64_Ehdr) + n * sizeof segment, &segment,
           sizeof segment);
}

static void
make_file(unsigned char file[SIZE], int64_t folder_tag)
{
    const Elf64_Dyn entries[] = {
        { DT_NEEDED, { FIRST } },   { DT_STRTAB, { ADDRESS + STRINGS } },
        { DT_NEEDED, { SECOND } },  { DT_STRSZ, { sizeof strings } },
        { folder_tag, { FOLDER } }, { DT_NULL, { 0 } },
        { DT_NEEDED, { FIRST } }, /* behind the end */
    };
    Elf64_Ehdr header = { .e_phoff = sizeof header,
                          .e_phentsize = sizeof(Elf64_Phdr),
                          .e_phnum = 2 };

    memset(file, 0, SIZE);
    memcpy(header.e_ident, "\177ELF\2\1", 6);
    memcpy(file, &header, sizeof header);
    add_segment(file, 0, PT_LOAD, 0, SIZE);
    add_segment(file, 1, PT_DYNAMIC, DYNAMIC, sizeof entries);
    memcpy(file + DYNAMIC, entries, sizeof entries);
    memcpy(file + STRINGS, strings, sizeof strings);
}

static void
test_needed__names_are_told_in_order(void **state)
{
    unsigned char file[SIZE];
    stk_needed needed;
    size_t at = 0;

    (void)state;
    make_file(file, DT_RUNPATH);
    stk_needed_open(&needed, file, SIZE);
    assert_string_equal(stk_needed_next(&needed, &at), "liba.so");
    assert_string_equal(stk_needed_next(&needed, &at), "libb.so");
    assert_null(stk_needed_next(&needed, &at));
    assert_string_equal(stk_needed_folders(&needed), "$ORIGIN/../x.libs:/usr");
}

static void
test_needed__the_older_run_path_is_one(void **state)
{
    unsigned char file[SIZE];
    stk_needed needed;

    (void)state;
    make_file(file, DT_RPATH);
    stk_needed_open(&needed, file, SIZE);
    assert_string_equal(stk_needed_folders(&needed), "$ORIGIN/../x.libs:/usr");
    make_file(file, DT_SONAME);
    stk_needed_open(&needed, file, SIZE);
    assert_string_equal(stk_needed_folders(&needed), "");
}

/* Reads all of it, from a block that ends where the file does. */
static void
read_all(const unsigned char *file, size_t length)
{
    unsigned char *copy = malloc(length + (length == 0));
    stk_needed needed;
    const char *name;
    size_t at = 0, n = 0;

    assert_non_null(copy);
    memcpy(copy, file, length);
    stk_needed_open(&needed, copy, length);
    while ((name = stk_needed_next(&needed, &at)))
        n += strlen(name);
    n += strlen(stk_needed_folders(&needed));
    assert_true(n <= length * length);
    free(copy);
}

static void
test_needed__a_file_that_is_cut_or_bent_is_read_within_it(void **state)
{
    unsigned char file[SIZE];

    (void)state;
    make_file(file, DT_RUNPATH);
    for (size_t n = 0; n <= SIZE; n++)
        read_all(file, n);
    for (size_t i = 0; i < SIZE; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            file[i] ^= (unsigned char)(1u << bit);
            read_all(file, SIZE);
            file[i] ^= (unsigned char)(1u << bit);
        }
}

static void
test_needed__a_path_is_below_the_origin_or_beside_it(void **state)
{
    static const struct {
        const char *folder, *name, *path;
    } rows[] = {
        { "$ORIGIN", "l.so", "/a/b/l.so" },
        { "${ORIGIN}/", "l.so", "/a/b/l.so" },
        { "$ORIGIN/../x.libs", "l.so", "/a/x.libs/l.so" },
        { "$ORIGIN/.//c/../d", "l.so", "/a/b/d/l.so" },
        { "$ORIGIN/../..", "l.so", "/l.so" },
        { "$ORIGIN/../../..", "l.so", NULL },
        { "$ORIGINAL", "l.so", NULL },
        { "/usr/lib", "l.so", NULL },
        { "", "l.so", NULL },
        { "$ORIGIN", "sub/l.so", NULL },
        { "$ORIGIN", "", NULL },
        { "$ORIGIN", "..", NULL },
        { "$ORIGIN/c", ".", NULL },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char *path = stk_needed_path("/a/b", rows[i].folder,
                                     strlen(rows[i].folder), rows[i].name);

        if (rows[i].path) {
            assert_non_null(path);
            assert_string_equal(path, rows[i].path);
        } else {
            assert_null(path);
        }
        free(path);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needed__names_are_told_in_order),
        cmocka_unit_test(test_needed__the_older_run_path_is_one),
        cmocka_unit_test(
            test_needed__a_file_that_is_cut_or_bent_is_read_within_it),
        cmocka_unit_test(test_needed__a_path_is_below_the_origin_or_beside_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
