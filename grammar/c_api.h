/* The grammar constraint for other decoders, in plain C: which tokens may come next, so that what is written
   stays inside of a programming language. Library: libespalier_grammar.so.

     espalier_vocabulary* vocabulary = espalier_vocabulary_new(tokens, sizes, count);
     espalier_constraint* constraint = espalier_constraint_new("python", vocabulary);
     espalier_constraint_append(constraint, prompt, prompt_size);
     ... espalier_constraint_mask(constraint, bits) or espalier_constraint_allows(constraint, token) ...
     espalier_constraint_accept(constraint, token);

   A vocabulary may be shared by threads; a constraint belongs to one at a time. Functions that take a null
   pointer do nothing and return 0. No function throws, prints or aborts. */
#ifndef ESPALIER_GRAMMAR_C_API_H_
#define ESPALIER_GRAMMAR_C_API_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESPALIER_API __attribute__((visibility("default")))

typedef struct espalier_vocabulary espalier_vocabulary;
typedef struct espalier_constraint espalier_constraint;

/* Token `i` has the bytes tokens[i][0 .. sizes[i]); size 0: no text (an end mark, unused). The bytes are
 * copied. */
ESPALIER_API espalier_vocabulary* espalier_vocabulary_new(const char* const* tokens, const size_t* sizes,
                                                          size_t count);
ESPALIER_API void espalier_vocabulary_free(espalier_vocabulary* vocabulary);

/* `language` is an LSP id: "python", "c", "cpp", "java", "javascript", "typescript", "typescriptreact", "go",
   "rust". NULL when it is none. The vocabulary must outlive the constraint. */
ESPALIER_API espalier_constraint* espalier_constraint_new(const char* language,
                                                          const espalier_vocabulary* vocabulary);
ESPALIER_API void espalier_constraint_free(espalier_constraint* constraint);

/* Takes text that is there already. Where it is not what the grammar accepts, it is read on nevertheless.
   1, or 0 when that was not possible: then everything is allowed. Cannot be rolled back. */
ESPALIER_API int espalier_constraint_append(espalier_constraint* constraint, const char* text, size_t size);

/* May the token come next? (About a microsecond.) */
ESPALIER_API int espalier_constraint_allows(espalier_constraint* constraint, uint32_t token);

/* Bit t % 64 of bits[t / 64] := may token t come next; (count + 63) / 64 words. */
ESPALIER_API void espalier_constraint_mask(espalier_constraint* constraint, uint64_t* bits);

/* The token was chosen. 1, or 0 when it is not allowed; nothing changes then. */
ESPALIER_API int espalier_constraint_accept(espalier_constraint* constraint, uint32_t token);

/* Undoes the last `tokens` accepted tokens; 0 when there were not so many. */
ESPALIER_API int espalier_constraint_rollback(espalier_constraint* constraint, size_t tokens);

/* Is the text, with `suffix` behind it, accepted as it stands? */
ESPALIER_API int espalier_constraint_may_end(espalier_constraint* constraint, const char* suffix,
                                             size_t size);

/* A short text with which it is: written to `text` (at most `capacity` bytes, no terminator). Its size, or -1
   when none was found; larger than `capacity`: nothing was written. */
ESPALIER_API long espalier_constraint_closer(espalier_constraint* constraint, const char* suffix,
                                             size_t suffix_size, char* text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
