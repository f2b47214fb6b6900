#include <fmt/format.h>

#include "testgen/harness/render.h"

namespace espalier::harness {
namespace {

constexpr std::string_view kBegin = R"code(#![allow(warnings)]
include!("solution.rs");
extern "C" { fn dup(file: i32) -> i32; fn dup2(from: i32, to: i32) -> i32; }
mod espalier_harness {
    pub fn line(text: String) -> String {
        text.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }).take(400).collect()
    }
}
)code";

constexpr std::string_view kEnd = R"code(
fn main() {
    use std::io::{BufRead, Write};
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::sync::{Arc, Mutex};
    let mut secret = String::new();
    std::io::stdin().lock().read_line(&mut secret).unwrap();
    let secret = secret.trim_end().to_string();
    let words: Vec<String> = std::env::args().collect();
    let first: usize = words[1].parse().unwrap();
    let limit = std::time::Duration::from_secs_f64(words[2].parse().unwrap());
    let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
    let out = unsafe { std::fs::File::from_raw_fd(dup(1)) };
    unsafe { dup2(nowhere.as_raw_fd(), 1); }
    std::panic::set_hook(Box::new(|_| {}));
    let out = Arc::new(Mutex::new(out));
    let running: Arc<Mutex<Option<(usize, std::time::Instant)>>> = Arc::new(Mutex::new(None));
    {
        let (out, running, secret) = (out.clone(), running.clone(), secret.clone());
        std::thread::spawn(move || loop {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let now = *running.lock().unwrap();
            if let Some((number, begun)) = now {
                if begun.elapsed() > limit {
                    let _ = writeln!(out.lock().unwrap(), "{} {} timeout", secret, number);
                    std::process::exit(3);
                }
            }
        });
    }
    for &(number, run) in ESPALIER_CASES {
        if number < first { continue; }
        let _ = writeln!(out.lock().unwrap(), "{} {} begin", secret, number);
        *running.lock().unwrap() = Some((number, std::time::Instant::now()));
        let outcome = std::panic::catch_unwind(run);
        *running.lock().unwrap() = None;
        let (what, text) = match outcome {
            Ok((true, text)) => ("passed", text),
            Ok((false, text)) => ("failed", text),
            Err(problem) => ("error", match (problem.downcast_ref::<&str>(), problem.downcast_ref::<String>()) {
                (Some(text), _) => text.to_string(),
                (_, Some(text)) => text.clone(),
                _ => "a panic".to_string(),
            }),
        };
        let _ = writeln!(out.lock().unwrap(), "{} {} {} {}", secret, number, what, espalier_harness::line(text));
    }
    std::process::exit(0);
}
)code";

bool IsReal(std::string_view expected) {
  return expected.find('.') != std::string_view::npos &&
         expected.find_first_not_of("-+0123456789._ef") == std::string_view::npos;
}

std::string Body(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      return fmt::format(
          "let espalier_got = {};\nlet espalier_text = format!(\"{{:?}}\", espalier_got);\n{}\n", test.call,
          IsReal(test.expected)
              ? fmt::format("((espalier_got - ({0})).abs() < 1e-6, espalier_text)", test.expected)
              : fmt::format("(espalier_got == {}, espalier_text)", test.expected));
    case TestCase::Check::kTrue:
      return fmt::format("({}, String::new())\n", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("(std::panic::catch_unwind(|| {{ let _ = {{ {} }}; }}).is_err(), String::new())\n",
                         test.call);
    default:
      return fmt::format("{};\n(true, String::new())\n", test.call);
  }
}

}  // namespace

Rendered RenderRust(const std::string& source, std::span<const NumberedCase> cases) {
  Rendered rendered;
  rendered.file = "main.rs";
  LineText text;
  text.Add(kBegin);
  std::string table;
  for (const NumberedCase& one : cases) {
    rendered.lines.push_back(text.line());
    text.Add(fmt::format("fn espalier_case_{}() -> (bool, String) {{\n", one.number));
    text.Add(one.test->setup + "\n" + Body(*one.test) + "}\n");
    table += fmt::format("({0}, espalier_case_{0}),\n", one.number);
  }
  rendered.lines.push_back(text.line());
  text.Add("static ESPALIER_CASES: &[(usize, fn() -> (bool, String))] = &[\n" + table + "];\n");
  text.Add(kEnd);
  rendered.program.language = Language::kRust;
  rendered.program.files = {{rendered.file, std::move(text.text())},
                            {"solution.rs", WithoutMain(Language::kRust, source)}};
  return rendered;
}

}  // namespace espalier::harness
