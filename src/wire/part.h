/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker that shares the host's CPU, although another is free: the
 * scheduler leaves two that wake each other where they are, and each call
 * then costs two switches. The host has it moved once, and back where that
 * was no gain. Which CPUs it may use stays as it was. Not for other rooms.
 */
#ifndef STK_WIRE_PART_H
#define STK_WIRE_PART_H

#include <stdbool.h>
#include <stdint.h>

typedef struct stk_part {
    bool off;          /* it cannot be: one CPU, or it is not ours */
    int pid;           /* 0: not looked for yet */
    unsigned together; /* waits on one CPU, one after the other */
    unsigned wanted;   /* so many before it is tried; 0: as at first */
    unsigned trial;    /* waits that are left of it */
    int64_t usual;     /* ns that a wait takes on one CPU */
    int64_t credit;    /* ns that a trial may still take */
} stk_part;

/* A wait begins: true where the worker was moved just now. `apart`: it runs
 * on another CPU. */
bool stk_part_begin(stk_part *part, int pidfd, bool apart);
/* It took so many ns. */
void stk_part_end(stk_part *part, int pidfd, bool apart, uint64_t took);

#endif
