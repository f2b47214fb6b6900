// One small program a language and a way to end.
#pragma once

#include <string>
#include <vector>

#include "testgen/program.h"

namespace espalier {

struct SamplePrograms {
  const char* name;
  Language language;
  const char* file;
  const char* sum;           ///< reads two numbers, writes "sum 5\n"; writes its first argument, if any
  const char* broken;        ///< does not compile: line 3
  const char* broken_says;   ///< part of the message
  const char* failing;       ///< dies in line 4
  const char* failing_says;  ///< part of the message or the code
  const char* endless;
};

inline const std::vector<SamplePrograms>& AllSamplePrograms() {
  static const std::vector<SamplePrograms> programs = {
      {"Python", Language::kPython, "main.py",
       "import sys\na, b = map(int, input().split())\nprint('sum', a + b, *sys.argv[1:])\n",
       "x = 1\ny = 2\ndef f(:\n  pass\n", "invalid syntax",
       "import json\n\ndef f(x):\n    return x[3]\n\nf(json.loads('[1]'))\n", "IndexError",
       "while True: pass\n"},
      {"C", Language::kC, "main.c",
       "#include <stdio.h>\nint main(int n, char** v) {\n  int a, b;\n  if (scanf(\"%d %d\", &a, &b) != 2) "
       "return 1;\n"
       "  printf(\"sum %d%s%s\\n\", a + b, n > 1 ? \" \" : \"\", n > 1 ? v[1] : \"\");\n}\n",
       "int main(void) {\n  int x = 1;\n  return y;\n}\n", "'y' undeclared",
       "#include <assert.h>\n\nint main(int n, char** v) {\n  assert(n == 7 || !v);\n}\n", "n == 7",
       "int main(void) {\n  for (volatile int i = 0;; ++i) {}\n}\n"},
      {"Cpp", Language::kCpp, "main.cpp",
       "#include <iostream>\nint main(int n, char** v) {\n  int a, b;\n  std::cin >> a >> b;\n"
       "  std::cout << \"sum \" << a + b << (n > 1 ? \" \" : \"\") << (n > 1 ? v[1] : \"\") << '\\n';\n}\n",
       "#include <string>\nint main() {\n  std::string s = 1 + nothing;\n}\n", "'nothing' was not declared",
       "#include <cassert>\n#include <vector>\nint main() {\n  assert(std::vector<int>(3).empty());\n}\n",
       "empty()", "int main() {\n  for (volatile int i = 0;; ++i) {}\n}\n"},
      {"Java", Language::kJava, "Main.java",
       "import java.util.Scanner;\npublic class Main {\n  public static void main(String[] v) {\n"
       "    Scanner in = new Scanner(System.in);\n"
       "    System.out.println(\"sum \" + (in.nextInt() + in.nextInt()) + (v.length > 0 ? \" \" + v[0] : "
       "\"\"));\n  }\n}\n",
       "public class Main {\n  public static void main(String[] v) {\n    int x = \"text\";\n  }\n}\n",
       "String cannot be converted to int",
       "import java.util.List;\npublic class Main {\n  static int f(List<Integer> x) {\n    return "
       "x.get(3);\n  }\n"
       "  public static void main(String[] v) { f(List.of(1)); }\n}\n",
       "IndexOutOfBounds",
       "public class Main {\n  public static void main(String[] v) {\n    for (;;) {}\n  }\n}\n"},
      {"JavaScript", Language::kJavaScript, "main.js",
       "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\n"
       "console.log(['sum', a + b, ...process.argv.slice(2)].join(' '));\n",
       "let a = 1;\nlet b = 2;\nlet c = ;\n", "Unexpected token",
       "console.error('Warning: not the reason');\n\nfunction f(x) {\n  return x.y.z;\n}\nf({});\n",
       "TypeError", "for (;;) {}\n"},
      {"TypeScript", Language::kTypeScript, "main.ts",
       "import * as fs from 'fs';\nconst [a, b]: number[] = fs.readFileSync(0, 'utf8').split(' "
       "').map(Number);\n"
       "console.log(['sum', a + b, ...process.argv.slice(2)].join(' '));\n",
       "let a: number = 1;\nlet b: number = 2;\nlet c: number = 'text';\n",
       "'string' is not assignable to type 'number'",
       "type Box = { y?: { z: number } };\n\nfunction f(x: Box): number {\n  return x.y!.z;\n}\nf({});\n",
       "TypeError", "for (;;) {}\n"},
      {"Go", Language::kGo, "main.go",
       "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tvar a, b int\n\tfmt.Scan(&a, "
       "&b)\n"
       "\tfmt.Print(\"sum \", a+b)\n\tfor _, x := range os.Args[1:] {\n\t\tfmt.Print(\" \", "
       "x)\n\t}\n\tfmt.Println()\n}\n",
       "package main\n\nfunc main() { var x int = \"text\"; _ = x }\n", "cannot use \"text\"",
       "package main\n\nfunc f(x []int) int {\n\treturn x[5]\n}\n\nfunc main() { println(f([]int{1})) }\n",
       "index out of range", "package main\n\nfunc main() {\n\tfor {\n\t}\n}\n"},
      {"Rust", Language::kRust, "main.rs",
       "use std::io::Read;\nfn main() {\n  let mut s = String::new();\n  "
       "std::io::stdin().read_to_string(&mut s).unwrap();\n"
       "  let n: i64 = s.split_whitespace().map(|x| x.parse::<i64>().unwrap()).sum();\n"
       "  let rest: Vec<String> = std::env::args().skip(1).map(|x| format!(\" {x}\")).collect();\n"
       "  println!(\"sum {}{}\", n, rest.concat());\n}\n",
       "fn main() {\n  let x = 1;\n  let y: i32 = \"text\";\n}\n", "mismatched types",
       "fn f(x: &[i32], i: usize) -> i32 {\n  // out of bounds\n  let y =\n    x[i + 3];\n  y\n}\nfn main() "
       "{\n"
       "  println!(\"{}\", f(&[1], std::env::args().count()));\n}\n",
       "index out of bounds", "fn main() {\n  loop {}\n}\n"},
  };
  return programs;
}

}  // namespace espalier
