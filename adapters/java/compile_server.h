// Internal to adapters/: the resident Java compiler. See Recipe::compile_server for what is expected of it.
#pragma once

#include <string_view>

namespace espalier {

inline constexpr std::string_view kJavaCompileServer = R"java(
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import javax.tools.*;

class CompileServer {
  public static void main(String[] ignored) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    InputStream in = new BufferedInputStream(System.in);
    answer(true, "");
    for (String line; (line = readLine(in)) != null; ) {
      List<String> options = new ArrayList<>(), sources = new ArrayList<>();
      for (String word : line.split("\0")) (word.endsWith(".java") ? sources : options).add(word);
      StringWriter log = new StringWriter();
      boolean good = false;
      try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
        var task = compiler.getTask(log, files, null, options, null, files.getJavaFileObjectsFromStrings(sources));
        good = task.call();
      }
      answer(good, log.toString());
    }
  }

  static void answer(boolean good, String log) throws IOException {
    byte[] text = log.getBytes(StandardCharsets.UTF_8);
    System.out.write(((good ? 0 : 1) + " " + text.length + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.write(text);
    System.out.flush();
  }

  static String readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c; (c = in.read()) >= 0; line.write(c)) {
      if (c == '\n') return line.toString(StandardCharsets.UTF_8);
    }
    return null;
  }
}
)java";

}  // namespace espalier
