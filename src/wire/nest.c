/* SPDX-License-Identifier: Apache-2.0 */
/* Which values are open and what is spent: the bounds of both directions. */
#include "wire/nest.h"

#include "base/clock.h"
#include "base/error.h"

/* Values between two looks at the clock, while they are fast. */
#define CLOCK_EVERY 16u
#define SLOW_NS     1000000u

void
stk_nest_init(stk_nest *nest, const stk_value_bounds *bounds)
{
    nest->bounds = *bounds;
    /* far below SIZE_MAX: what it is multiplied with cannot wrap */
    if (nest->bounds.items > SIZE_MAX / 1024)
        nest->bounds.items = SIZE_MAX / 1024;
    nest->why = NULL;
    nest->wanted = 0;
    nest->items = nest->memory = nest->odd_bytes = 0;
    nest->odd_keys = nest->depth = 0;
    nest->complete = false;
    /* where nobody set it, it begins when there are some values: what has
     * few of them needs no clock */
    nest->look_at = bounds->deadline ? 1 : CLOCK_EVERY;
    nest->looked = 0;
    /* the levels are written before they are read */
}

int
stk_nest_fail(stk_nest *nest, int code, const char *why)
{
    nest->why = why;
    return -code;
}

/* ---- what it costs ----------------------------------------------------- */

/*
 * Bytes of the Python objects, as CPython 3.8 to 3.13 has them or more: what
 * is small on the wire can be large there, an empty set 112 times.
 */
static size_t
measure_value(const stk_token *token)
{
    switch (token->type) {
    case STK_VALUE_INT:
    case STK_VALUE_FLOAT:
        return 48;
    case STK_VALUE_BIGNUM:
        return 48 + token->length + token->length / 8;
    case STK_VALUE_TEXT:
        if (token->widest <= 0x7F)
            return 64 + token->length;
        return 96 + token->characters * (token->widest <= 0xFF     ? 1
                                         : token->widest <= 0xFFFF ? 2
                                                                   : 4);
    case STK_VALUE_SURROGATES:
        return 96 + 4 * token->length;
    case STK_VALUE_BYTES:
        return 48 + token->length;
    case STK_VALUE_BUFFER:
    case STK_VALUE_OWN:
        return 128;
    case STK_VALUE_LIST:
    case STK_VALUE_TUPLE:
        return 80 + 8 * token->count;
    case STK_VALUE_MAP:
    case STK_VALUE_SET:
    case STK_VALUE_FROZENSET:
        return 256 + 160 * token->count;
    case STK_VALUE_HANDLE:
    case STK_VALUE_RECORD:
        return 512;
    default:
        return 0;
    }
}

/* Values directly within it. */
static size_t
count_held(const stk_token *token)
{
    return token->type == STK_VALUE_MAP ? 2 * token->count : token->count;
}

/*
 * Ints below 2^60, all of them plain keys, can be chosen so that each walks
 * over those before it in Python's table: 42,000 of them, 200 KB, took four
 * seconds. A key may cost milliseconds then: each is looked at.
 */
static int
check_clock(stk_nest *nest)
{
    uint64_t now;

    if (nest->items < nest->look_at)
        return 0;
    now = stk_clock_monotonic_ns();
    if (nest->bounds.deadline == 0)
        nest->bounds.deadline = now + STK_VALUE_READING_NS;
    if (now > nest->bounds.deadline)
        return stk_nest_fail(nest, STK_E_LIMIT, "takes too long");
    nest->look_at =
        nest->items +
        (now - nest->looked > SLOW_NS && nest->looked ? 1 : CLOCK_EVERY);
    nest->looked = now;
    return 0;
}

static int
pay(stk_nest *nest, const stk_token *token)
{
    const stk_value_bounds *bounds = &nest->bounds;
    size_t cost;

    if (nest->items >= bounds->items)
        return stk_nest_fail(nest, STK_E_LIMIT, "too many values");
    nest->items++;
    if (stk_value_holds(token->type) &&
        (token->count > bounds->items ||
         count_held(token) > bounds->items - nest->items))
        return stk_nest_fail(nest, STK_E_LIMIT, "too many values");
    /* counts are below `items`, lengths were read or are there: no wrap */
    cost = measure_value(token);
    nest->wanted = nest->memory + cost;
    if (cost > bounds->memory - nest->memory)
        return stk_nest_fail(nest, STK_E_LIMIT, "too much memory");
    nest->memory += cost;
    return check_clock(nest);
}

/* ---- what may stand where ---------------------------------------------- */

static bool
is_set(unsigned type)
{
    return type == STK_VALUE_SET || type == STK_VALUE_FROZENSET;
}

/* Keys are the even ones of what a map is still to get. */
static bool
expects_key(const stk_nest *nest)
{
    const stk_nest_level *top = &nest->levels[nest->depth - 1];

    return is_set(top->type) ||
           (top->type == STK_VALUE_MAP && top->left % 2 == 0);
}

/*
 * The hash of an int is the int modulo 2^61 - 1, that of a tuple follows
 * from those: 8000 chosen ones cost a third of a second, a megabyte of them
 * half a minute. Those of str and bytes are salted.
 */
static bool
is_plain_key(const stk_token *token)
{
    switch (token->type) {
    case STK_VALUE_NONE:
    case STK_VALUE_FALSE:
    case STK_VALUE_TRUE:
    case STK_VALUE_FLOAT:
    case STK_VALUE_TEXT:
    case STK_VALUE_SURROGATES:
    case STK_VALUE_BYTES:
        return true;
    case STK_VALUE_INT:
        return token->integer + token->negative < STK_VALUE_PLAIN_KEY;
    default:
        return false;
    }
}

static bool
is_unhashable(unsigned type)
{
    return type == STK_VALUE_LIST || type == STK_VALUE_MAP ||
           type == STK_VALUE_SET || type == STK_VALUE_BUFFER;
}

static int
pay_odd_bytes(stk_nest *nest, size_t more)
{
    nest->odd_bytes += more;
    if (nest->odd_bytes > STK_VALUE_ODD_KEY_BYTES_MAX)
        return stk_nest_fail(nest, STK_E_LIMIT, "keys are too long");
    return 0;
}

/* Sets `odd` where the key is none of the plain ones. */
static int
check_key(stk_nest *nest, const stk_token *token, size_t length, bool *odd)
{
    *odd = false;
    if (is_plain_key(token))
        return 0;
    if (is_unhashable(token->type))
        return stk_nest_fail(nest, STK_E_INVALID, "cannot be a key");
    *odd = true;
    if (++nest->odd_keys > STK_VALUE_ODD_KEYS_MAX)
        return stk_nest_fail(nest, STK_E_LIMIT,
                             "too many keys that can collide");
    /* one that holds values is as long as they are, when all are there */
    return stk_value_holds(token->type) ? 0 : pay_odd_bytes(nest, length);
}

static int
check_place(stk_nest *nest, const stk_token *token, size_t length, bool *odd)
{
    stk_nest_level *top;

    *odd = false;
    if (nest->complete)
        return stk_nest_fail(nest, STK_E_INVALID, "a second value");
    if (nest->depth == 0)
        return 0;
    top = &nest->levels[nest->depth - 1];
    if ((top->type == STK_VALUE_HANDLE || top->type == STK_VALUE_RECORD) &&
        !top->begun && (token->type != STK_VALUE_INT || token->negative))
        return stk_nest_fail(nest, STK_E_INVALID, "has no number");
    top->begun = true;
    return expects_key(nest) ? check_key(nest, token, length, odd) : 0;
}

static int
check_kind(stk_nest *nest, const stk_token *token)
{
    switch (token->type) {
    case STK_VALUE_BUFFER:
        if (token->integer >= nest->bounds.buffers)
            return stk_nest_fail(nest, STK_E_INVALID,
                                 "names a descriptor that is not there");
        return 0;
    case STK_VALUE_HANDLE:
        if (token->count < 1 || token->count > STK_VALUE_HANDLE_MAX)
            return stk_nest_fail(nest, STK_E_INVALID, "no handle");
        break;
    case STK_VALUE_RECORD:
        if (token->count < 1 || token->count > STK_VALUE_RECORD_MAX)
            return stk_nest_fail(nest, STK_E_INVALID, "no record");
        return 0;
    case STK_VALUE_OWN:
        break;
    default:
        return 0;
    }
    if (!nest->bounds.objects)
        return stk_nest_fail(nest, STK_E_INVALID, "no objects here");
    return 0;
}

/* ---- levels ------------------------------------------------------------ */

/* Those that got all their values are values of the level below. */
static int
close_levels(stk_nest *nest, size_t end)
{
    while (nest->depth > 0) {
        stk_nest_level *top = &nest->levels[nest->depth - 1];

        if (top->left > 0)
            return 0;
        if (top->odd && pay_odd_bytes(nest, end - top->start) < 0)
            return -STK_E_LIMIT;
        nest->depth--;
        if (nest->depth > 0)
            nest->levels[nest->depth - 1].left--;
    }
    nest->complete = true;
    return 0;
}

static int
open_level(stk_nest *nest, const stk_token *token, size_t offset, bool odd)
{
    if (nest->depth == STK_VALUE_DEPTH_MAX)
        return stk_nest_fail(nest, STK_E_LIMIT, "nested too deeply");
    nest->levels[nest->depth++] = (stk_nest_level){
        .left = count_held(token),
        .start = offset,
        .type = (uint8_t)token->type,
        .odd = odd,
    };
    return 0;
}

int
stk_nest_add(stk_nest *nest, const stk_token *token, size_t offset, size_t end)
{
    bool odd;
    int r;

    if ((r = check_place(nest, token, end - offset, &odd)) < 0 ||
        (r = check_kind(nest, token)) < 0 || (r = pay(nest, token)) < 0)
        return r;
    if (stk_value_holds(token->type)) {
        if ((r = open_level(nest, token, offset, odd)) < 0 || token->count)
            return r;
    } else if (nest->depth > 0) {
        nest->levels[nest->depth - 1].left--;
    }
    return close_levels(nest, end);
}
