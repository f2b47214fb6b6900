#include "tests/grammar/ecmascript_samples.h"

extern "C" {
const TSLanguage* tree_sitter_javascript(void);
const TSLanguage* tree_sitter_typescript(void);
const TSLanguage* tree_sitter_tsx(void);
}

namespace espalier {
namespace {

using std::string_literals::operator""s;

// Semicolons, template text, question marks, HTML comments and JSX text; the other tokens are only asked
// about.
constexpr uint32_t kTokensFound = 0x8F;

const std::vector<std::string>& Snippets() {
  static const std::vector<std::string> snippets = {
      // The next line: names, signs and numbers that begin a statement, and those that go on.
      "a\nin b\nx\ninstanceof y\nz\ni\nind\nins\ninstanceo\ninstanceofx\ninstanceof_\nin_\nin1\nin\n",
      "a\n++b\n--c\n+d\n-e\n!f\n!=g\n.h\n.5\n.\n`t`\n,i\n:j\n;k\n*l\n%m\n>n\n<o\n=p\n?q\n^r\n|s\n&t\n/u/"
      "\n[v]\n(w)\n{x}",
      "a\r\nb\rc\u2028d\u2029+ e\u2028?f\u2029 ?.g",
      "a\n?b:c\n.?d\n+?e\n-?f\nin?g\ninstanceof?h\n!?i\n/?j\n // k\n?l\n /* m */ ?n\n /* o\n */ ?p",
      // The same line: its end, braces, comments with and without line ends.
      "{a}{b }{c\t}{d:e}{f : g}{h}\n:i {j}\n\n: k } \u00A0:}",
      "a /* b */ c /* d\n */ e /* f\u2028 */ g /**/ h /***/ i /* * / */ j /*/ */ k /* **/, l /* \n*/ = m // "
      "n",
      "a // b\n, c // d\n= e // f\u2028 g // h\u2029 ? i /* j *//* k\n *// l /* m\n *//* n */ o /**///p\n+",
      "a /* b */\nc /* d\n*/\n.e /* f */ // g\n++h // i\n\n// j\n/* k */ in l\n//",
      "a\n// b\u2028c\n.d\n// e\u2029f\n?g\n/* h\u2028 */ // i\u2028 = j\n, k",
      "a /\nb /? c / /* d",
      "a /* b \0 */ ? c // d \0 ?\n/* e **\0/ \0} \0"s,
      // Question marks.
      "a ? b : c ?? d ?.e ?.5:f ? .6:g ?:h ?) ?, ? : ? ) ?\n, ? . ?\t.7 ?",
      "?. ?.\n ?? ?\0 ?.\0"s,
      // HTML comments.
      "<!-- a\n<!--b--> c\r\n--> d\u2028  --> e\u2029\n<!- <! < -- - --!> <!---",
      "\n\u2028 <!--\0 -->\0 <!-"s,
      // Template text.
      "`a${b}c$d$${e}${f}$$`$`\\n`\\`` `` ` $ {g} $",
      "`a\0b` `\0 $\0{"s,
      // JSX text, and what is looked at where there is none.
      "<a>\n  <b>c</b> d &amp; e\n\n{f}\t{g}\n \n{'h'} i > j }\n\n&k\n\u2028<!-- l\n \r\n}: \n<\n>",
      "\n\n \t\f\r\v\n",
      "\xEF\xBB\xBF\n<!-- a\n",
      "\xFF\n\xE2\x80 \xE2\x80\xFF? \xE3\x80\x80?\u00A0:",
  };
  return snippets;
}

std::vector<std::string> Alphabet() {
  return {"\n", "\r",   "\r\n", " ",  "\t", "\f",       "\u2028",     "\u2029",  "\u00A0", "\u3000", "//",
          "/*", "*/",   "*",    "/",  "in", "stanceof", "instanceof", "i",       "n",      "++",     "--",
          "+",  "-",    "!",    "=",  "'",  "\"",       "`",          "${",      "$",      "{",      "}",
          "\\", "<!--", "-->",  "<",  ">",  "&",        "|",          "?",       "?.",     "??",     "::",
          ":",  ",",    ".",    "(",  ")",  "[",        ";",          "^",       "%",      "0",      "5",
          "_",  "x",    "é",    "日", "😀",  "\0"s,      "\xFF",       "\xE2\x80"};
}

ScannerSample Sample(std::string name, const TSLanguage* (*grammar)(), const ExternalScanner& (*machine)(),
                     std::string source, std::string package) {
  return {std::move(name),    grammar,    machine,   kTokensFound, std::move(source),
          std::move(package), Snippets(), Alphabet()};
}

}  // namespace

ScannerSample JavaScriptSample() {
  return Sample("JavaScript", tree_sitter_javascript, JavaScriptScanner, "router.js",
                "tree-sitter-javascript");
}

ScannerSample TypeScriptSample() {
  return Sample("TypeScript", tree_sitter_typescript, TypeScriptScanner, "tasks.ts",
                "tree-sitter-typescript/typescript");
}

ScannerSample TsxSample() {
  return Sample("Tsx", tree_sitter_tsx, TypeScriptScanner, "Counter.tsx", "tree-sitter-typescript/tsx");
}

}  // namespace espalier
