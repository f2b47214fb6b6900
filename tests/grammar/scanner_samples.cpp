#include "tests/grammar/scanner_samples.h"

#include "tests/grammar/ecmascript_samples.h"

extern "C" {
const TSLanguage* tree_sitter_python(void);
const TSLanguage* tree_sitter_cpp(void);
const TSLanguage* tree_sitter_rust(void);
}

namespace espalier {
namespace {

using std::string_literals::operator""s;

// What is special to lexers anywhere: line breaks, NUL, letters and spaces from outside of ASCII, bytes that
// are no UTF-8, a sequence cut short.
std::vector<std::string> WithCommonPieces(std::vector<std::string> pieces) {
  const std::vector<std::string> common = {"a",   "x1", " ",  "  ", "\n",     "\r\n",   "\t",   "\r",
                                           "\0"s, "é",  "日", "😀",  "\u2003", "\u00A0", "\xFF", "\xE6\x97"};
  pieces.insert(pieces.end(), common.begin(), common.end());
  return pieces;
}

ScannerSample PythonSample() {
  ScannerSample sample = {"Python", tree_sitter_python, PythonScanner,
                          0x7F,     "inventory.py",     "tree-sitter-python"};
  sample.snippets = {
      "if a:\n    b\n    # in the block\n  # left of it\n# far left\nelse:\n\tc\n",
      "if a:\n  if b:\n    c\n\n\n  # end\n\nd = '''x'''\n",
      "def f():\n    return (1,\n  2)\n\n\n    \\\n  x\n\\\r\ny = 1 \\\n  + 2\n",
      "class A:\n        pass\n\f\nclass B:\r\n    x = 1\r\n    # c\r\n\r\ny\r\n",
      "f'a{b}c{{d}}e{x!r:>{w}}' f\"{'nested'}\" F'''{a}\n{{'' ' }}''' t'{x}' rf'\\{x}\\'' fr\"\\\n\"\n",
      "r'\\' ' r'\\\\' r'a\\\r\nb' r\"\\\"\" R'''\\'''\\''' ''' '' \"\" '''''' \"\"\"\"\"\" ''''''''\n",
      "b'\\x00\\N\\u\\U\\n' b'\\N' b'\\u' b'\\' B'''\\N'''''' rb'\\N' bR'\\' ' u'\\N{DASH}' `x` ``\n",
      "x = 'open\ny = \"\"\"a\"b\"\"c\"\"\" 'a\\'b' 'a\\\nb' f'{\n1}' f'''{\n  1\n}'''\n",
      "try:\n    pass\nexcept* A:\n    pass\n# c\nfinally:\n  # d\n  pass\n\n",
      "if a:\n    if b:\n        if c:\n            d\n    e\nif a: # c\n    b # d\n    \n    # e",
      "def f():\n    '''doc\n    more'''\n\n    # c\n    async def g(): yield\nmatch x:\n  case 1: pass\n",
      "uff'a' bu'a' rx'a' fff rrr bb\n#\n#a\n   #\0b\n#\0   x\n \\\0 '\0' f'\0{' "s,
      "\\\r\r\nx \\\r\n\\\n  y r'\\\r\r' r'\\\r\n' r'\\\n\n' r'\\\\\r\r' r\"\"\"\\\n\r\\\r\r\"\"\"\n",
  };
  sample.alphabet = WithCommonPieces(
      {"'", "\"",    "`",  "'''",  "\"\"\"", "f",          "r",    "b",      "u", "t",      "F'", "rb\"",
       "#", "# c\n", "\\", "\\\\", "\\N",    "\\u",        "\\\n", "\\\r\n", "{", "}",      "{{", "}}",
       "(", ")",     "]",  "    ", "\n    ", "\n        ", "\n\n", "\f",     ":", "except "});
  return sample;
}

ScannerSample CppSample() {
  ScannerSample sample = {"Cpp", tree_sitter_cpp, CppScanner, 0x3, "lru_cache.cpp", "tree-sitter-cpp"};
  sample.snippets = {
      "R\"(a)\" R\"x(a)x\" R\"xy(a)x\")xy)xyz)xy\" LR\"--()--\" u8R\"===(\n)==)===\"\n",
      "R\"0123456789abcdef(too long)0123456789abcdef\" R\"0123456789abcde(fits)0123456789abcde\"",
      "R\"жж(non-ASCII)ж)жж\" R\"жжжжжжжжжжжжжж(14 of two bytes)жжж)жжжжжжжжжжжжжж\"",
      "R\"日日日日日日日日(8 of three)日)日日日日日日日日\" R\"😀é日x(mixed)😀é日)😀é日x\"",
      "R\"a)b(a delimiter that holds a bracket)a)a)b)a)b\" R\"))(x)))))\" R\"\"\"(quotes)\"\"\"\"",
      "R\"a b(space)a b\" R\"a\\b(backslash)a\" R\"a\n(line)a\" R\"open(never closed)ope",
      "R\"a\0b(NUL)a\0b\" R\"\0(ends here)\0"s,
      "R\"\0\0(ends before)\0\0\" \0"s,
      "R\"\xFF(no UTF-8)\xFF\" R\"\xE6\x97(cut short)\xE6\x97\")\xE6\x97)\"",
  };
  sample.alphabet = WithCommonPieces({"R\"", "\"", "(", ")", "((", "))", ")a\"", ")x1\"", ")é\"", "(a)a\"",
                                      "\\", ")\"", "aaaaaaa", "ж", "жжжж", "-", "\0)"s});
  return sample;
}

ScannerSample RustSample() {
  ScannerSample sample = {"Rust", tree_sitter_rust, RustScanner, 0x1FF, "matrix.rs", "tree-sitter-rust"};
  sample.snippets = {
      "r\"a\" r#\"a\"b\"# br##\"a\"#b\"## cr\"\" r#raw r## x b'a' b\"c\" c\"d\" break crate r "
      "r##\"\"#\"\"##\n",
      "1.0 1. 1.max(2) 1..2 1._a 1_0.0_1 1e5 1e+5 1E-_ 1e 1.e5 1.0e 1.5e+ 1f32 1.0f64 1.0fx 1.0u8 1e5i1_\n",
      "1.0e5f32 1.5e+f 2.0_f64 1.5é 1.é 1.日 0x1.0 1 2.\t3.\n4.",
      "/* a */ /** b */ /*! c */ /**/ /***/ /****/ /*! */ /*!*/ /* /* n */ */ /*/ */ /** /* */ **/ /* a "
      "**/\n",
      "/*/**/*/ /*a/*b/*c*/*/*/ /* // */ /*** not doc ***/ /* open /* deeper */",
      "/// doc\n//! inner\r\n//// plain\n///\n//! open",
      "\"a\\n\\\"b\" \"\" \"é日\" \"open",
      "r" + std::string(256, '#') + "\"counted in a byte\" r" + std::string(257, '#') + "\"a\"# b\"##",
      "/*\u012A\u012F \u0121 /\u012A \u012A/ *\u012F */ /*\u012A/ /*\u0121/ x */ /**\u012A */ /**\u012F",
  };
  sample.alphabet = WithCommonPieces(
      {"\"", "r\"", "r#\"", "\"#", "\"##", "#",   "br",  "c",   "b",      "r",      "0",     "12", ".",
       "..", "e",   "E",    "+",   "-",    "_",   "f32", "u",   "i8",     "/",      "*",     "/*", "*/",
       "**", "!",   "/**",  "/*!", "///",  "//!", "\\",  "\\n", "\u012A", "\u0121", "\u012F"});
  return sample;
}

}  // namespace

const std::vector<ScannerSample>& ScannerSamples() {
  static const std::vector<ScannerSample> samples = {PythonSample(),     CppSample(),        RustSample(),
                                                     JavaScriptSample(), TypeScriptSample(), TsxSample()};
  return samples;
}

}  // namespace espalier
