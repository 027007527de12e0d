/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that a frame stands at. Every record has one, and CPython finds
 * it by walking the table of the code from its beginning, from 3.11 on at
 * some fifty instructions an entry: the same walk, without the columns.
 */
#include "python/frame.h"

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000

int
stk_frame_line(PyFrameObject *frame)
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

static int
walk_table(const unsigned char *at, const unsigned char *end, int line,
           int offset)
{
    while (at < end) {
        unsigned kind = *at >> 3 & 15;

        offset -= ((*at & 7) + 1) * UNIT;
        at++;
        line += lines_more[kind];
        if (kind == KIND_PLAIN || kind == KIND_LONG)
            line += signed_number(at, end);
        if (offset < 0)
            return kind == KIND_NONE ? -1 : line;
        at += bytes_after[kind];
        if (kind == KIND_PLAIN || kind == KIND_LONG)
            while (at < end && !(*at & 0x80))
                at++;
    }
    return -1;
}

int
stk_frame_line(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *table = code->co_linetable;
    int line = code->co_firstlineno, offset = PyFrame_GetLasti(frame);
    const unsigned char *at;

    if (offset >= 0) {
        at = (const unsigned char *)PyBytes_AS_STRING(table);
        line = walk_table(at, at + PyBytes_GET_SIZE(table), line, offset);
    }
    Py_DECREF(code);
    return line;
}

#endif
