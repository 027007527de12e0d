/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are looked up for each import. */
#include "worker/words.h"

static const char *const texts[] = {
#define STK_WORD_ENTRY_(NAME, text) text,
    STK_WORDS(STK_WORD_ENTRY_)
#undef STK_WORD_ENTRY_
};

static PyObject *words[STK_WORD_COUNT]; /* strong */

int
stk_words_init(void)
{
    for (size_t i = 0; i < STK_WORD_COUNT; i++) {
        words[i] = PyUnicode_InternFromString(texts[i]);
        if (!words[i])
            return -1;
    }
    return 0;
}

PyObject *
stk_word(enum stk_word which)
{
    return words[which];
}
