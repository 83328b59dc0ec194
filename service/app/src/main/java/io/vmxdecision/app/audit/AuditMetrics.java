package io.vmxdecision.app.audit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vmxdecision.artefacts.audit.AuditSummary;
import io.vmxdecision.artefacts.audit.Verdict;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Counts audits, their lines, and exits by verdict. */
@Component
class AuditMetrics {
  private final Counter audits;
  private final Counter lines;
  private final Map<Verdict, Counter> verdicts = new EnumMap<>(Verdict.class);

  AuditMetrics(MeterRegistry meters) {
    audits = Counter.builder("vmx.audits").description("Audits of traces").register(meters);
    lines = Counter.builder("vmx.audit.lines").description("Lines of audited traces").register(meters);
    for (Verdict verdict : Verdict.values()) {
      verdicts.put(
          verdict,
          Counter.builder("vmx.audit.exits")
              .description("Exits of audited traces, by verdict")
              .tag("verdict", verdict.name().toLowerCase(Locale.ROOT))
              .register(meters));
    }
  }

  void count(AuditSummary summary) {
    audits.increment();
    lines.increment((double) summary.lines());
    verdicts.forEach((verdict, counter) -> counter.increment((double) summary.verdicts(verdict)));
  }
}
