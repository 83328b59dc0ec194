package io.vmxdecision.artefacts.report;

import java.util.List;

/** Writes a report as a colleague's mail: lines of at most {@value #COLUMNS} columns. */
public final class Mail {
  /** The columns of a line. */
  public static final int COLUMNS = 78;

  private static final int MOST_READINGS = 12;

  private final StringBuilder text = new StringBuilder();

  private Mail() {}

  /**
   * The report as text.
   *
   * @param decisions sentences of what was decided; may be empty
   */
  public static String of(Report report, List<String> decisions) {
    Mail mail = new Mail();
    mail.write(report, decisions);
    return mail.text.toString();
  }

  private void write(Report report, List<String> decisions) {
    if (report.artefacts().isEmpty()) {
      paragraph("", "Nothing in this is known here.");
    }
    int number = 0;
    for (Artefact artefact : report.artefacts()) {
      artefact(artefact, ++number);
    }
    if (report.more() > 0) {
      paragraph("", report.more() + " more artefacts were found and are not shown.");
    }
    long faults = report.artefacts().stream().mapToLong(artefact -> artefact.faults().size()).sum();
    heading("What is wrong");
    if (faults == 0) {
      paragraph("", "No check found anything wrong in what is there.");
    }
    number = 0;
    for (Artefact artefact : report.artefacts()) {
      number++;
      for (Fault fault : artefact.faults()) {
        paragraph("  ", "[" + number + "] " + fault.id() + ": " + fault.detail());
        if (!fault.references().isEmpty()) {
          paragraph("      ", fault.references().getFirst());
        }
      }
    }
    if (!decisions.isEmpty()) {
      heading("What decides");
      decisions.forEach(decision -> paragraph("  ", decision));
    }
    if (!report.missing().isEmpty()) {
      heading("What is missing, and how to get it");
      for (Missing missing : report.missing()) {
        paragraph("  ", missing.what() + ": " + missing.why());
        paragraph("      ", missing.how());
      }
    }
    if (report.unrecognisedLines() > 0) {
      heading(report.unrecognisedLines() == 1
          ? "A line that nothing recognised"
          : report.unrecognisedLines() + " lines that nothing recognised, such as");
      report.firstUnrecognised().stream().limit(3).forEach(line -> paragraph("  ", printable(line)));
    }
  }

  /** A line of the input without what a terminal would act on. */
  private static String printable(String line) {
    StringBuilder printable = new StringBuilder();
    line.codePoints()
        .map(point -> Character.isISOControl(point) || Character.getType(point) == Character.FORMAT
            ? '?'
            : point)
        .forEach(printable::appendCodePoint);
    return printable.toString();
  }

  private void artefact(Artefact artefact, int number) {
    Place place = artefact.place();
    String where = place.line() > 0
        ? place.lines() > 1
            ? "lines " + place.line() + " to " + (place.line() + place.lines() - 1)
            : "line " + place.line()
        : place.bytes() + " bytes" + (place.offset() > 0 ? " at " + new Word(place.offset()) : "");
    paragraph("", "[" + number + "] " + artefact.kind() + (place.part().isEmpty()
        ? ""
        : " in "
            + printable(place.part()))
        + ", " + where);
    paragraph("  ", artefact.summary());
    artefact.decoded().stream()
        .filter(reading -> !artefact.summary().contains(reading.text()))
        .limit(MOST_READINGS)
        .forEach(reading -> paragraph("  - ", reading.as() + ": " + reading.text()));
    text.append('\n');
  }

  private void heading(String heading) {
    if (!text.isEmpty() && text.charAt(text.length() - 1) == '\n' && !text.toString().endsWith("\n\n")) {
      text.append('\n');
    }
    paragraph("", heading + ":");
  }

  /** A paragraph, wrapped; its other lines are indented as its first. */
  private void paragraph(String indent, String words) {
    String next = indent.replace('-', ' ');
    StringBuilder line = new StringBuilder(indent);
    boolean empty = true;
    for (String word : words.strip().split("\\s+", -1)) {
      String rest = word;
      if (!empty && line.length() + 1 + rest.length() > COLUMNS) {
        text.append(line).append('\n');
        line = new StringBuilder(next);
        empty = true;
      }
      line.append(empty ? "" : " ");
      while (line.length() + rest.length() > COLUMNS) {
        int fits = COLUMNS - line.length();
        text.append(line).append(rest, 0, fits).append('\n');
        rest = rest.substring(fits);
        line = new StringBuilder(next);
      }
      line.append(rest);
      empty = false;
    }
    text.append(line).append('\n');
  }
}
