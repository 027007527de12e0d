/* SPDX-License-Identifier: Apache-2.0 */
/* What an ELF file asks the dynamic linker for. */
#include "trust/needed.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct image {
    const unsigned char *data;
    size_t length;
    const unsigned char *segments; /* Elf64_Phdr, not aligned */
    size_t n;
} image;

/* NULL where the file does not have them. */
static const unsigned char *
run_of(const image *file, uint64_t offset, uint64_t size)
{
    return offset <= file->length && size <= file->length - offset
               ? file->data + offset
               : NULL;
}

static bool
open_image(image *out, const void *data, size_t length)
{
    static const unsigned char magic[] = { ELFMAG0, ELFMAG1,    ELFMAG2,
                                           ELFMAG3, ELFCLASS64, ELFDATA2LSB };
    Elf64_Ehdr header;

    *out = (image){ data, length, NULL, 0 };
    if (length < sizeof header || memcmp(data, magic, sizeof magic) != 0)
        return false;
    memcpy(&header, data, sizeof header);
    if (header.e_phentsize != sizeof(Elf64_Phdr))
        return false;
    out->n = header.e_phnum;
    out->segments = run_of(out, header.e_phoff, out->n * sizeof(Elf64_Phdr));
    return out->segments != NULL;
}

static Elf64_Phdr
segment_at(const image *file, size_t i)
{
    Elf64_Phdr segment;

    memcpy(&segment, file->segments + i * sizeof segment, sizeof segment);
    return segment;
}

/* The bytes of the file from `address` to the end of its segment. */
static const unsigned char *
at_address(const image *file, uint64_t address, size_t *length)
{
    for (size_t i = 0; i < file->n; i++) {
        Elf64_Phdr segment = segment_at(file, i);
        uint64_t into = address - segment.p_vaddr;

        if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            into >= segment.p_filesz)
            continue;
        *length = segment.p_filesz - into;
        if (!run_of(file, segment.p_offset, segment.p_filesz))
            return NULL;
        return file->data + segment.p_offset + into;
    }
    return NULL;
}

static Elf64_Dyn
entry_at(const stk_needed *needed, size_t i)
{
    Elf64_Dyn entry;

    memcpy(&entry, needed->dynamic + i * sizeof entry, sizeof entry);
    return entry;
}

static void
find_dynamic(stk_needed *out, const image *file)
{
    for (size_t i = 0; i < file->n; i++) {
        Elf64_Phdr segment = segment_at(file, i);

        if (segment.p_type != PT_DYNAMIC)
            continue;
        out->dynamic = run_of(file, segment.p_offset, segment.p_filesz);
        if (out->dynamic)
            out->n = segment.p_filesz / sizeof(Elf64_Dyn);
        return;
    }
}

/* 0 where it has no such entry. */
static uint64_t
value_of(const stk_needed *needed, int64_t tag)
{
    for (size_t i = 0; i < needed->n; i++) {
        Elf64_Dyn entry = entry_at(needed, i);

        if (entry.d_tag == DT_NULL)
            break;
        if (entry.d_tag == tag)
            return entry.d_un.d_val;
    }
    return 0;
}

static const char *
string_at(const stk_needed *needed, uint64_t offset)
{
    const char *text;

    if (offset >= needed->n_strings)
        return NULL;
    text = needed->strings + offset;
    return memchr(text, '\0', needed->n_strings - offset) ? text : NULL;
}

void
stk_needed_open(stk_needed *out, const void *data, size_t length)
{
    image file;
    uint64_t size;

    *out = (stk_needed){ NULL, 0, NULL, 0 };
    if (!open_image(&file, data, length))
        return;
    find_dynamic(out, &file);
    size = value_of(out, DT_STRSZ);
    out->strings = (const char *)at_address(&file, value_of(out, DT_STRTAB),
                                            &out->n_strings);
    if (!out->strings)
        out->n = 0;
    else if (size < out->n_strings)
        out->n_strings = size;
}

const char *
stk_needed_next(const stk_needed *needed, size_t *at)
{
    while (*at < needed->n) {
        Elf64_Dyn entry = entry_at(needed, (*at)++);
        const char *name = entry.d_tag == DT_NEEDED
                               ? string_at(needed, entry.d_un.d_val)
                               : NULL;

        if (entry.d_tag == DT_NULL)
            break;
        if (name)
            return name;
    }
    return NULL;
}

const char *
stk_needed_folders(const stk_needed *needed)
{
    uint64_t at = value_of(needed, DT_RUNPATH);
    const char *text;

    if (at == 0)
        at = value_of(needed, DT_RPATH);
    text = at > 0 ? string_at(needed, at) : NULL;
    return text ? text : "";
}

/* What follows $ORIGIN; NULL where that is not how it begins. */
static const char *
behind_origin(const char *folder, size_t length)
{
    static const char *const forms[] = { "$ORIGIN", "${ORIGIN}" };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t n = strlen(forms[i]);

        if (length >= n && !memcmp(folder, forms[i], n) &&
            (length == n || folder[n] == '/'))
            return folder + n;
    }
    return NULL;
}

/* One component onto the end of `path`; false above the root. */
static bool
step(char *path, const char *part, size_t length)
{
    char *slash;

    if (length == 0 || (length == 1 && part[0] == '.'))
        return true;
    if (length == 2 && !memcmp(part, "..", 2)) {
        slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
        return slash != NULL;
    }
    path += strlen(path);
    *path = '/';
    memcpy(path + 1, part, length);
    path[length + 1] = '\0';
    return true;
}

/* With a slash it is a path of its own. */
static bool
is_file_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

char *
stk_needed_path(const char *origin, const char *folder, size_t length,
                const char *name)
{
    const char *part = behind_origin(folder, length), *end = folder + length;
    char *path = NULL;
    size_t n;

    if (part && is_file_name(name))
        path = malloc(strlen(origin) + length + strlen(name) + 2);
    if (!path)
        return NULL;
    strcpy(path, origin);
    for (; part < end; part += n + (part + n < end)) {
        const char *slash = memchr(part, '/', (size_t)(end - part));

        n = (size_t)((slash ? slash : end) - part);
        if (!step(path, part, n)) {
            free(path);
            return NULL;
        }
    }
    step(path, name, strlen(name));
    return path;
}
