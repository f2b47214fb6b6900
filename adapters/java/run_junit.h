// Internal to adapters/: runs a test class in JUnit 5 and, where JaCoCo's library is there, tells which lines
// of the file under test were executed.
#pragma once

#include <string_view>

namespace espalier {

inline constexpr std::string_view kRunJunit = R"java(
import java.io.*;
import org.junit.platform.engine.*;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.*;
import org.junit.platform.launcher.core.*;

public class RunJunit {
    static void run(String name) throws IOException {
        LauncherDiscoveryRequest request =
            LauncherDiscoveryRequestBuilder.request().selectors(DiscoverySelectors.selectClass(name)).build();
        try (PrintStream results = new PrintStream("results")) {
            LauncherFactory.create().execute(request, new TestExecutionListener() {
                @Override
                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                    boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
                    if (test.isContainer() && passed) return;
                    String name = test.getSource().filter(MethodSource.class::isInstance)
                        .map(at -> ((MethodSource) at).getMethodName()).orElse(test.getDisplayName());
                    results.println((passed ? "pass " : "fail ") + name);
                    result.getThrowable().ifPresent(why -> System.out.println(name + ": " + why));
                }
            });
        }
    }

    public static void main(String[] arguments) throws IOException {
        run(arguments[0]);
        System.exit(0);
    }
}
)java";

inline constexpr std::string_view kCoverJunit = R"java(
import java.io.*;
import java.nio.file.*;
import java.util.*;
import org.jacoco.core.analysis.*;
import org.jacoco.core.data.*;
import org.jacoco.core.instr.Instrumenter;
import org.jacoco.core.runtime.*;

public class CoverJunit {
    static final Map<String, byte[]> original = new HashMap<>();

    /** Defines the classes under test anew, with probes in them. */
    static class Loader extends ClassLoader {
        final Instrumenter instrumenter;
        Loader(IRuntime runtime) {
            super(CoverJunit.class.getClassLoader());
            instrumenter = new Instrumenter(runtime);
        }
        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                byte[] bytes = original.get(name);
                if (known != null || bytes == null) return known != null ? known : super.loadClass(name, resolve);
                try {
                    byte[] probed = instrumenter.instrument(bytes, name);
                    return defineClass(name, probed, 0, probed.length);
                } catch (IOException error) {
                    throw new ClassNotFoundException(name, error);
                }
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path classes = Path.of(arguments[0]);
        try (var files = Files.walk(classes)) {
            for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".class"))::iterator) {
                String path = classes.relativize(file).toString();
                original.put(path.substring(0, path.length() - 6).replace('/', '.'), Files.readAllBytes(file));
            }
        }
        IRuntime runtime = new LoggerRuntime();
        RuntimeData data = new RuntimeData();
        runtime.startup(data);
        Loader loader = new Loader(runtime);
        Thread.currentThread().setContextClassLoader(loader);
        RunJunit.run(arguments[1]);
        ExecutionDataStore executed = new ExecutionDataStore();
        data.collect(executed, new SessionInfoStore(), false);
        runtime.shutdown();
        CoverageBuilder builder = new CoverageBuilder();
        Analyzer analyzer = new Analyzer(executed, builder);
        for (Map.Entry<String, byte[]> one : original.entrySet()) analyzer.analyzeClass(one.getValue(), one.getKey());
        try (PrintStream coverage = new PrintStream("coverage")) {
            for (ISourceFileCoverage file : builder.getSourceFiles()) {
                if (!file.getName().equals(arguments[2])) continue;
                for (int line = file.getFirstLine(); line <= file.getLastLine(); line++) {
                    ICounter counter = file.getLine(line).getInstructionCounter();
                    if (counter.getTotalCount() > 0) coverage.println(line + " " + counter.getCoveredCount());
                }
            }
        }
        System.exit(0);
    }
}
)java";

}  // namespace espalier
