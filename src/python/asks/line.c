/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that a frame stands at. Every record has one, and CPython finds
 * it by walking the table of the code from its beginning, from 3.11 on at
 * some fifty instructions an entry: the same walk, without the columns, and
 * from where it ended last. The body of a module imports downwards.
 */
#include "python/asks/frame.h"

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000

int
stk_frame_line(PyFrameObject *frame, stk_line_memo *Py_UNUSED(memo))
{
    return PyFrame_GetLineNumber(frame);
}

#else

/* Objects/locations.md of CPython 3.11 to 3.13: the first byte of an entry
 * has its highest bit set, four bits of kind, three of how many units of code
 * it is for, less one. */
enum { KIND_LINE_0 = 10, KIND_LINE_2 = 12, KIND_PLAIN, KIND_LONG, KIND_NONE };

#define UNIT 2 /* bytes of code */

/* 6 bits a byte, the lowest first; the lowest of all is the sign. */
static int
signed_number(const unsigned char *at, const unsigned char *end)
{
    unsigned value = 0, shift = 0;

    for (; at < end && shift < 32; shift += 6) {
        value |= (*at & 63u) << shift;
        if (!(*at++ & 64))
            break;
    }
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* By kind: how many bytes follow the first, and what they add to the line.
 * Two kinds have numbers of any length, and are told apart below. */
static const unsigned char bytes_after[16] = {
    [0 ... 9] = 1,
    [KIND_LINE_0... KIND_LINE_2] = 2,
};
static const unsigned char lines_more[16] = {
    [KIND_LINE_0 + 1] = 1,
    [KIND_LINE_2] = 2,
};

/* Where an entry begins: in the table, in the code, and the line before it. */
typedef struct entry {
    Py_ssize_t at;
    int offset;
    int line;
} entry;

/* From the entry `from` on, which becomes the one that holds `offset`. */
static int
walk_table(PyObject *table, entry *from, int offset)
{
    const unsigned char *first =
        (const unsigned char *)PyBytes_AS_STRING(table);
    const unsigned char *at = first + from->at;
    const unsigned char *end = first + PyBytes_GET_SIZE(table);
    int begins = from->offset, line = from->line;

    while (at < end) {
        entry here = { at - first, begins, line };
        unsigned kind = *at >> 3 & 15;

        begins += ((*at & 7) + 1) * UNIT;
        at++;
        line += lines_more[kind];
        if (kind == KIND_PLAIN || kind == KIND_LONG)
            line += signed_number(at, end);
        if (offset < begins) {
            *from = here;
            return kind == KIND_NONE ? -1 : line;
        }
        at += bytes_after[kind];
        if (kind == KIND_PLAIN || kind == KIND_LONG)
            while (at < end && !(*at & 0x80))
                at++;
    }
    return -1;
}

int
stk_frame_line(PyFrameObject *frame, stk_line_memo *memo)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    int line = code->co_firstlineno, offset = PyFrame_GetLasti(frame);
    entry from = { 0, 0, line };

    if (memo && memo->code == code && memo->offset <= offset)
        from = (entry){ memo->at, memo->offset, memo->line };
    if (offset >= 0)
        line = walk_table(code->co_linetable, &from, offset);
    if (memo) {
        *memo = (stk_line_memo){ memo->code, from.at, from.offset, from.line };
        Py_XSETREF(memo->code, code);
    } else {
        Py_DECREF(code);
    }
    return line;
}

#endif
