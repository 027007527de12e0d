/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not go back: the highest sequence of each package that was ever
 * accepted, and the latest time that an accepted signature named. They are
 * kept in a file, so that a restart forgets neither:
 *
 *   stockade-state 1
 *   PACKAGE SEQUENCE SIGNED      sorted by package
 *   end COUNT
 *   mac DIGITS                   where it is kept under a key (statekey.h)
 *
 * A state that cannot be trusted - readable by nobody, writable by others,
 * damaged - is kept as one that refuses. One thread at a time.
 */
#ifndef STK_TRUST_FLOOR_H
#define STK_TRUST_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>
#include <stockade/trust.h>

#define STK_STATE_MAX     1048576u /* bytes of the file */
#define STK_STATE_ENTRIES 4096u

/* A release moves a sequence by less: a stolen key must not be able to take
 * it where no honest release comes after. */
#define STK_SEQUENCE_JUMP 1000000u

typedef struct stk_state stk_state;

/* Where it is; borrowed for the call. */
typedef struct stk_state_place {
    const char *path; /* NULL: there is no file, and nothing is kept */
    const char *key;  /* path of the key that it is kept under, or NULL */
    bool require;
} stk_state_place;

/*
 * Reads the file. One that does not exist is an empty state, unless it is
 * required. `*out` is freed by stk_state_free(). Returns 0 or -STK_E_MEMORY.
 */
int stk_state_open(stk_state **out, const stk_state_place *place,
                   stk_error *err);
void stk_state_free(stk_state *state);

/*
 * May this sequence of this package be accepted? `written` is what the policy
 * says its floor is, 0 for none. Returns STK_TRUST_OK, STK_TRUST_STATE,
 * STK_TRUST_ROLLBACK or STK_TRUST_JUMP, with one clause in `why`. Reads the
 * file again when it was replaced.
 */
enum stk_trust stk_floor_check(stk_state *state, const char *package,
                               uint64_t sequence, uint64_t written, char *why,
                               size_t size);

/* It is later than this: unix seconds, 0 when nothing is known. */
int64_t stk_floor_clock(const stk_state *state);

/*
 * Remembers what was accepted, under a lock that other processes take too.
 * Writes only where a sequence grew, a package is new or the time grew by a
 * day. Returns 0, or negative when it could not be kept: with
 * require_state, what was accepted must be refused then.
 */
int stk_floor_raise(stk_state *state, const char *package, uint64_t sequence,
                    int64_t signed_at, stk_error *err);

/* For fuzzing and for tests: true when `text` is such a file. */
bool stk_state_parse(const char *text, size_t length, char *why, size_t size);

#endif
