package io.vmxdecision.bench.engine;

import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks of this package under {@code -prof gc} and prints the tables of the README. */
public final class Main {
  private Main() {}

  /** Takes the options of JMH's own command line, such as {@code ManyDecisions -f 3}. */
  public static void main(String[] args) throws CommandLineOptionException, RunnerException {
    CommandLineOptions given = new CommandLineOptions(args);
    ChainedOptionsBuilder options = new OptionsBuilder().parent(given).addProfiler(GCProfiler.class);
    if (given.getIncludes().isEmpty()) {
      options.include("[.]bench[.]engine[.]");
    }
    Collection<RunResult> results = new Runner(options.build()).run();
    System.out.print(new Report(results).markdown());
  }
}
