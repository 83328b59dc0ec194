package io.vmxdecision.app.entry;

import io.vmxdecision.app.decisionlog.Source;
import io.vmxdecision.app.many.JsonAnswers;
import org.springframework.stereotype.Component;

/** Decisions on VM-entries, requests and answers as bytes of JSON. */
@Component
public class JsonVmEntries {
  private final VmEntryReader reader;
  private final VmEntryService service;
  private final JsonAnswers answers;

  JsonVmEntries(VmEntryReader reader, VmEntryService service, JsonAnswers answers) {
    this.reader = reader;
    this.service = service;
    this.answers = answers;
  }

  /** The decision on a request, or the problem with it. */
  public byte[] answer(byte[] request, Source source) {
    return answers.answer(request, part -> service.decideInJson(reader.read(part), false, source));
  }
}
