package io.vmxdecision.app.problem;

import io.vmxdecision.app.support.SampleRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A request that is refused; {@link #all} is the table of them, a row each.
 *
 * @param latin1 the body, a character a byte
 * @param pointers where the faults are, in any order
 * @param said what one of the details has to hold
 */
record FaultyRequest(String name, String latin1, int status, List<String> pointers, String said) {
  private static final SampleRequest FLUSH =
      SampleRequest.flush()
          .with("/snapshot/vcpus",
              "[{\"vpIndex\":0,\"l2\":{\"vmId\":\"0x1\",\"vpId\":\"0x1\"},\"pendingFlush\":{}}]")
          .with("/snapshot/host", "{}")
          .with("/snapshot/registers/xmm", "[{}]")
          .with("/snapshot/memory", "[{\"gpa\":\"0x1000\",\"bytes\":\"AAAA\"}]")
          .with("/snapshot/translations", "[{\"l2Gpa\":\"0x1000\",\"l1Gpa\":\"0x2000\"}]");

  private static final String VCPU = "/snapshot/vcpus/0";
  private static final String PENDING_L1 = VCPU + "/pendingFlush/l1";
  private static final String PENDING_L2 = VCPU + "/pendingFlush/l2";
  private static final String MEMORY = "/snapshot/memory";
  private static final String TRANSLATIONS = "/snapshot/translations";
  private static final String FIELDS = "/snapshot/evmcsFields";
  private static final String RAX = "/snapshot/registers/rax";
  private static final String REASON = "/exit/reason";

  byte[] body() {
    return latin1(latin1);
  }

  /** A request without a fault, with a bit of everything that the table spoils. */
  static String good() {
    return FLUSH.toString();
  }

  static Stream<FaultyRequest> all() {
    return Stream.of(notJson(), wrongShape(), wrongValues(), contradictions(), several())
        .flatMap(rows -> rows);
  }

  private static Stream<FaultyRequest> notJson() {
    String good = good();
    return Stream.of(
        body("nothing", "", "", "empty"),
        body("blanks", " \n\t ", "", "empty"),
        body("an open brace", "{", "", "end-of-input"),
        body("a truncated request", good.substring(0, good.length() - 1), "", "end-of-input"),
        body("a name that is cut", "{\"snapshot\":{\"vcpu\":0,\"h", "/snapshot", "end-of-input"),
        body("a name with a line break", "{\"snapshot\":{\"vcpu\":0,\"h\n\":1}}", "/snapshot",
            "Illegal unquoted character"),
        body("no comma between properties", "{\"snapshot\":{\"vcpu\":0 \"host\":{}}}", "/snapshot",
            "Unexpected character"),
        body("no colon after a name", "{\"snapshot\":{\"vcpu\":0,\"host\" {}}}", "/snapshot/host",
            "Unexpected character"),
        body("no value after a colon", "{\"snapshot\":{\"vcpu\":0,\"host\":}}", "/snapshot/host",
            "Unexpected character"),
        body("nothing after an object in an object", "{\"snapshot\":{\"vcpu\":0},", "", "end-of-input"),
        body("an array that is cut", "{\"snapshot\":{\"vcpus\":[{\"vpIndex\":1}", "/snapshot/vcpus/0",
            "end-of-input"),
        body("an element that is missing", "{\"snapshot\":{\"vcpus\":[{\"vpIndex\":1},]}}",
            "/snapshot/vcpus/1", "Unexpected character"),
        body("a truncated text", "{\"id\": \"abc", "/id", "end-of-input"),
        body("a letter after the request", good + "x", "", "'x'"),
        body("a second request", good + good, "", "after the JSON value"),
        body("a bracket after the request", good + "]", "", "']'"),
        body("a property twice", good.replace("{\"reason\"", "{\"reason\":\"0x1\",\"reason\""), REASON,
            "Duplicate"),
        body("a property twice, once escaped", "{\"id\":\"a\",\"\\u0069d\":\"b\"}", "/id", "Duplicate"),
        body("single quotes", "{'snapshot':{}}", "", "Unexpected character"),
        body("names without quotes", "{snapshot:{}}", "", "Unexpected character"),
        body("a trailing comma", "{\"id\":\"a\",}", "", "Unexpected character"),
        body("a comment", "/* flush */" + good, "", "Unexpected character"),
        body("a comment in YAML", "# flush\n" + good, "", "Unexpected character"),
        body("NaN", "{\"snapshot\":{\"vcpu\":NaN}}", "/snapshot/vcpu", "Non-standard token 'NaN'"),
        body("a leading zero", "{\"snapshot\":{\"vcpu\":01}}", "/snapshot/vcpu", "Leading zeroes"),
        body("a hexadecimal number", "{\"exit\":{\"reason\":0x12}}", REASON, "Unexpected character"),
        body("a number of 100 digits", "{\"snapshot\":{\"vcpu\":" + "1".repeat(100) + "}}",
            "/snapshot/vcpu",
            "past the limit"),
        body("a line break in a text", "{\"id\":\"a\nb\"}", "/id", "Illegal unquoted character"),
        body("an unknown escape", "{\"id\":\"\\x41\"}", "/id", "escape"),
        body("a word that JSON lacks", "nul", "", "Unrecognized token"),
        body("100,000 brackets", "[".repeat(100_000), "/0".repeat(32),
            "nesting depth is past the limit"),
        body("objects 40 deep", "{\"a\":".repeat(40) + "1" + "}".repeat(40),
            "/a".repeat(32), "nesting depth"),
        body("XML", "<exit reason='0x12'/>", "", "Unexpected character"),
        bytes("half of a request in UTF-16", good.substring(0, 60).getBytes(StandardCharsets.UTF_16LE),
            "", "Illegal character"),
        bytes("zeros", new byte[64], "", "Illegal character"),
        bytes("a byte that UTF-8 lacks", latin1("{\"id\":\"\u00ff\"}"), "/id",
            "line 1, column 8: invalid UTF-8: byte 0xff"),
        bytes("a byte that UTF-8 lacks in a name", latin1(good.replace("reason", "reas\u00ffon")), "/exit",
            "invalid UTF-8: byte 0xff"),
        bytes("a surrogate in UTF-8", latin1(good.replaceFirst("\\{", "{\"id\":\"\u00ed\u00a0\u0080\",")),
            "/id", "invalid UTF-8: byte 0xed"),
        bytes("a NUL in more bytes than it needs", latin1("{\"id\":\"\u00c0\u0080\"}"), "/id", "byte 0xc0"),
        bytes("past the last character", latin1("{\"id\":\"\u00f4\u0090\u0080\u0080\"}"), "/id", "byte 0xf4"),
        bytes("no UTF-8 after the value", latin1("{}\n\u00ff"), "", "line 2, column 1: invalid UTF-8"),
        bytes("no UTF-8 after another fault", latin1("{\"id\":1,}\u00ff"), "", "Unexpected character"),
        bytes("a cut character in UTF-8", latin1("{\"id\":\"\u00e2\u0082\"}"), "/id", "invalid UTF-8"),
        bytes("gzip", latin1("\u001f\u008b\u0008\u0000"), "", "Illegal character"));
  }

  private static Stream<FaultyRequest> wrongShape() {
    return Stream.of(
        body("null", "null", "", "expected object, found null"),
        body("an array", "[]", "", "expected object, found array"),
        body("an array of requests", "[" + good() + "]", "", "expected object, found array"),
        body("a text", "\"flush\"", "", "expected object, found string"),
        body("a number", "18", "", "expected object, found number"),
        new FaultyRequest("an empty object", "{}", 400,
            List.of("/snapshot", "/exit"), "is required"),
        without("/snapshot"),
        without("/exit"),
        without(REASON),
        without(VCPU + "/vpIndex"),
        without(VCPU + "/l2/vmId"),
        without(VCPU + "/l2/vpId"),
        without(MEMORY + "/0/gpa"),
        without(MEMORY + "/0/bytes"),
        without(TRANSLATIONS + "/0/l2Gpa"),
        without(TRANSLATIONS + "/0/l1Gpa"),
        unknown("/snapshots"),
        unknown("/Snapshot"),
        unknown("/snapshot/vmcs12"),
        unknown("/snapshot/host/la48"),
        unknown("/snapshot/cpuid/nestedEbx"),
        unknown("/snapshot/vpAssist/x"),
        unknown("/snapshot/partitionAssist/x"),
        unknown("/snapshot/registers/eax"),
        unknown("/snapshot/registers/xmm/0/x"),
        unknown(VCPU + "/x"),
        unknown(VCPU + "/l2/x"),
        unknown(VCPU + "/pendingFlush/l0"),
        unknown(MEMORY + "/0/hpa"),
        unknown(TRANSLATIONS + "/0/x"),
        unknown("/exit/cause"),
        unknown("/exit/a~1b~0c"),
        unknown(FIELDS + "/no_such_field"),
        at("/snapshot", "[]", "expected object, found array"),
        at("/snapshot", "null", "null is no value"),
        at("/exit", "null", "null is no value"),
        at("/exit", "\"0x12\"", "expected object, found string"),
        at(REASON, "null", "null is no value"),
        at(REASON, "18", "expected string, found number"),
        at(VCPU + "/vpIndex", "null", "null is no value"),
        at(VCPU + "/vpIndex", "\"0\"", "expected integer, found string"),
        at(VCPU, "null", "null is no value"),
        at(VCPU, "0", "expected object, found number"),
        at(VCPU + "/l2", "\"\"", "expected object, found string"),
        at(VCPU + "/l2/vmId", "null", "null is no value"),
        at("/snapshot/vcpus", "{}", "expected array, found object"),
        at("/snapshot/vcpu", "null", "null is no value"),
        at("/snapshot/vcpu", "1.5", "expected integer"),
        at("/snapshot/vcpu", "0.0", "expected an integer"),
        at("/snapshot/vcpu", "1e2", "expected an integer"),
        at("/snapshot/vcpu", "1e999999999", "expected integer"),
        at("/snapshot/vcpu", "true", "expected integer, found boolean"),
        at("/snapshot/host", "[]", "expected object, found array"),
        at("/snapshot/host/la57", "\"true\"", "expected boolean, found string"),
        at("/snapshot/host/la57", "1", "expected boolean, found number"),
        at("/snapshot/cpuid/enforced", "null", "null is no value"),
        at("/snapshot/registers/cpl", "\"3\"", "expected integer, found string"),
        at(RAX, "1", "expected string, found number"),
        at(RAX, "[\"0x1\"]", "expected string, found array"),
        at(RAX, "false", "expected string, found boolean"),
        at("/snapshot/registers/xmm/0", "null", "null is no value"),
        at(PENDING_L1, "[null]", "null is no value").at(PENDING_L1 + "/0"),
        at(PENDING_L2, "\"0x0\"", "expected array, found string"),
        at(MEMORY + "/0", "null", "null is no value"),
        at(TRANSLATIONS + "/0", "[]", "expected object, found array"),
        at("/snapshot/evmcs", "[1, 2]", "expected string, found array"),
        at("/snapshot/evmcs", "{}", "expected string, found object"),
        at(FIELDS, "[]", "expected object, found array"),
        at(FIELDS, "null", "null is no value"),
        at(FIELDS + "/revision_id", "1", "expected string, found number"),
        at(FIELDS + "/revision_id", "null", "null is no value"),
        at("/id", "5", "expected string, found number"),
        at("/exit/instructionLength", "\"3\"", "expected integer, found string"));
  }

  private static Stream<FaultyRequest> wrongValues() {
    String digit = "not a hexadecimal digit";
    String prefix = "0x and at least one digit";
    return Stream.of(
        at(REASON, "\"\"", prefix),
        at(REASON, "\"12\"", prefix),
        at(REASON, "\"0x\"", prefix),
        at(REASON, "\"-0x12\"", prefix),
        at(REASON, "\" 0x12\"", prefix),
        at(REASON, "\"0x12 \"", digit),
        at(REASON, "\"0x1 2\"", digit),
        at(REASON, "\"0x12\\n\"", digit),
        at(REASON, "\"0x-12\"", digit),
        at(REASON, "\"0x1_2\"", digit),
        at(REASON, "\"0x12h\"", digit),
        at(REASON, "\"0xVMCALL\"", digit),
        at(REASON, "\"0x\u0661\"", digit),
        at(REASON, "\"0x100000000\"", "more than 32 bits"),
        at("/snapshot/cpuid/nestedEax", "\"0x123456789\"", "more than 32 bits"),
        at(VCPU + "/l2/vpId", "\"0x100000000\"", "more than 32 bits"),
        at(RAX, "\"0x10000000000000000\"", "more than 64 bits"),
        at("/exit/qualification", "\"0x12345678901234567\"", "more than 64 bits"),
        at(FIELDS + "/host_es_selector", "\"0x10000\"", "more bits than the field has"),
        at(FIELDS + "/revision_id", "\"0x100000000\"", "more than 32 bits"),
        at(FIELDS + "/hv_vm_id", "\"0x10000000000000000\"", "more than 64 bits"),
        at(FIELDS + "/guest_rip", "\"rip\"", prefix),
        at("/snapshot/evmcs", base64(4095), "a page has 4096 bytes, this one 4095"),
        at("/snapshot/evmcs", base64(4097), "a page has 4096 bytes, this one 4097"),
        at("/snapshot/evmcs", base64(0), "at least one"),
        at("/snapshot/vpAssistPage", base64(4095), "a page has 4096 bytes, this one 4095"),
        at("/snapshot/partitionAssistPage", base64(8192), "a page has 4096 bytes, this one 8192"),
        at("/snapshot/evmcs", base64(4096).replace("=", ""), "groups of four"),
        at("/snapshot/evmcs", base64(4096).replaceFirst("A", "_"), "base64 character"),
        at("/snapshot/evmcs", base64(4096).replaceFirst("A{76}", "$0\\\\r\\\\n"), "groups of four"),
        at("/snapshot/evmcs", base64(4096).replaceFirst("A{4}", "A\\\\n\\\\nA"), "base64 character"),
        at(MEMORY + "/0/bytes", "\"\"", "at least one"),
        at(MEMORY + "/0/bytes", "\"AAA\"", "groups of four"),
        at(MEMORY + "/0/bytes", "\"A===\"", "Last unit"),
        at(MEMORY + "/0/bytes", "\"AA==AA==\"", "ending"),
        at(MEMORY + "/0/bytes", "\"-_-_\"", "base64 character"),
        at("/snapshot/vcpu", "-1", "at least 0"),
        at("/snapshot/vcpu", "4096", "at most 4095"),
        at("/snapshot/vcpu", "99999999999999999999", "at most 4095"),
        at(VCPU + "/vpIndex", "-1", "at least 0"),
        at(VCPU + "/vpIndex", "4096", "at most 4095"),
        at("/snapshot/registers/cpl", "4", "at most 3"),
        at("/snapshot/registers/cpl", "-1", "at least 0"),
        at("/exit/instructionLength", "-1", "at least 0"),
        at("/exit/instructionLength", "4294967296", "at most 4294967295"),
        at("/snapshot/partitionAssist/tlbLockCount", "4294967296", "at most 4294967295"),
        at("/snapshot/partitionAssist/tlbLockCount", "-1", "at least 0"),
        at(PENDING_L1, array(17, i -> "\"0x0\""), "at most 16 items"),
        at(PENDING_L2, array(17, i -> "\"0xffffffffffffffff\""), "at most 16 items"),
        at("/snapshot/registers/xmm", array(7, i -> "{}"), "at most 6 items"),
        at("/snapshot/vcpus", "[]", "at least 1 items"),
        at("/snapshot/vcpus", array(4097, i -> "{\"vpIndex\":0}"), "at most 4096 items"),
        at(MEMORY, array(1025, i -> "{\"gpa\":\"0x" + i + "\",\"bytes\":\"AA==\"}"), "at most 1024 items"),
        at(TRANSLATIONS, array(4097, i -> "{\"l2Gpa\":\"0x" + i + "000\",\"l1Gpa\":\"0x0\"}"),
            "at most 4096 items"),
        at("/id", "\"" + "x".repeat(257) + "\"", "at most 256 characters"),
        at("/profile", "\"kvm-6.13\"", "kvm-6.12"),
        at("/profile", "\"\"", "kvm-6.12"),
        at("/exit/from", "\"L0\"", "L1, L2"),
        at("/exit/from", "\"l1\"", "L1, L2"),
        at("/exit/from", "\"\"", "L1, L2"));
  }

  private static Stream<FaultyRequest> contradictions() {
    String flushes = array(16, i -> "\"0x1000\"");
    return Stream.of(
        undecidable("/snapshot/vcpu", "1", "no such vCPU", "/snapshot/vcpu"),
        undecidable(MEMORY,
            "[{\"gpa\":\"0x0\",\"bytes\":\"AAAA\"},{\"gpa\":\"0x2\",\"bytes\":\"AAAA\"}]",
            "overlaps", MEMORY + "/1"),
        undecidable(MEMORY,
            "[{\"gpa\":\"0x5\",\"bytes\":\"AA==\"},{\"gpa\":\"0x0\",\"bytes\":\"AAAAAAAA\"}]",
            "overlaps", MEMORY + "/1"),
        undecidable(MEMORY, "[{\"gpa\":\"0xffffffffffffffff\",\"bytes\":\"AAA=\"}]",
            "end of the address space", MEMORY + "/0"),
        undecidable(TRANSLATIONS,
            "[{\"l2Gpa\":\"0x1000\",\"l1Gpa\":\"0x0\"},{\"l2Gpa\":\"0x1000\",\"l1Gpa\":\"0x2000\"}]",
            "has a translation already", TRANSLATIONS + "/1/l2Gpa"),
        undecidable(TRANSLATIONS, "[{\"l2Gpa\":\"0x1001\",\"l1Gpa\":\"0x800\"}]",
            "not page-aligned", TRANSLATIONS + "/0/l2Gpa", TRANSLATIONS + "/0/l1Gpa"),
        undecidable(PENDING_L1, flushes, "full queue", PENDING_L1),
        undecidable(PENDING_L2, flushes, "full queue", PENDING_L2),
        undecidable("/exit", "{\"from\":\"L1\",\"reason\":\"0xa\"}", "flush hypercall", "/exit"),
        undecidable("/exit", "{\"from\":\"L1\",\"reason\":\"0x10000031\"}", "flush hypercall", "/exit"),
        row("an exit to be routed by controls, but no eVMCS",
            FLUSH.without(FIELDS).with(REASON, "\"0xc\""), 422, "no enlightened VMCS", "/exit"),
        row("a VMCALL of L1 with another code",
            FLUSH.with("/exit/from", "\"L1\"").with("/snapshot/registers/rcx", "\"0x1\""),
            422, "flush hypercall", "/exit"));
  }

  private static Stream<FaultyRequest> several() {
    return Stream.of(
        row("faults all over the request",
            FLUSH.with("/profile", "\"xen\"")
                .with("/snapshot/vcpu", "-1")
                .with("/snapshot/evmcs", "\"AA==\"")
                .with(RAX, "1")
                .with("/snapshot/registers/cpl", "9")
                .with(VCPU + "/x", "1")
                .without(VCPU + "/vpIndex")
                .with("/exit/from", "\"L3\"")
                .without(REASON),
            400, "kvm-6.12",
            "/profile", "/snapshot/vcpu", "/snapshot/evmcs", RAX, "/snapshot/registers/cpl",
            VCPU + "/x", VCPU + "/vpIndex", "/exit/from", REASON),
        row("contradictions all over the snapshot",
            FLUSH.with("/snapshot/vcpu", "3")
                .with(MEMORY, "[{\"gpa\":\"0xffffffffffffffff\",\"bytes\":\"AAAA\"}]")
                .with(TRANSLATIONS + "/0/l1Gpa", "\"0x1\"")
                .with(PENDING_L2, array(16, i -> "\"0x0\"")),
            422, "no such vCPU",
            "/snapshot/vcpu", MEMORY + "/0", TRANSLATIONS + "/0/l1Gpa", PENDING_L2),
        row("a fault and a contradiction: the contract comes first",
            FLUSH.with("/snapshot/vcpu", "3").with("/snapshot/registers/cpl", "4"),
            400, "at most 3", "/snapshot/registers/cpl"));
  }

  private static FaultyRequest body(String name, String body, String pointer, String said) {
    return new FaultyRequest(
        name, latin1(body.getBytes(StandardCharsets.UTF_8)), 400, List.of(pointer), said);
  }

  private static FaultyRequest bytes(String name, byte[] body, String pointer, String said) {
    return new FaultyRequest(
        name, latin1(body), 400, List.of(pointer), said);
  }

  private static FaultyRequest without(String pointer) {
    return row("no " + pointer, FLUSH.without(pointer), 400, "is required", pointer);
  }

  private static FaultyRequest unknown(String pointer) {
    return row("unknown " + pointer, FLUSH.with(pointer, "1"), 400, "unknown property", pointer);
  }

  /** The good request with another value at one place, where the fault then is. */
  private static FaultyRequest at(String pointer, String value, String said) {
    return row(name(pointer, value, said), FLUSH.with(pointer, value), 400, said, pointer);
  }

  private static FaultyRequest undecidable(
      String pointer, String value, String said, String... pointers) {
    return row(name(pointer, value, said), FLUSH.with(pointer, value), 422, said, pointers);
  }

  private static FaultyRequest row(
      String name, SampleRequest request, int status, String said, String... pointers) {
    return new FaultyRequest(name, latin1(request.toString().getBytes(StandardCharsets.UTF_8)), status,
        List.of(pointers),
        said);
  }

  private FaultyRequest at(String pointer) {
    return new FaultyRequest(name, latin1, status, List.of(pointer), said);
  }

  private static String name(String pointer, String value, String said) {
    String shown =
        value.length() < 100 ? value : value.substring(0, 20) + "... " + value.length() + " long";
    return pointer + " = " + shown + ": " + said;
  }

  private static String base64(int bytes) {
    return "\"" + Base64.getEncoder().encodeToString(new byte[bytes]) + "\"";
  }

  private static String array(int size, IntFunction<String> element) {
    return IntStream.range(0, size).mapToObj(element).collect(Collectors.joining(",", "[", "]"));
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] latin1(String bytes) {
    return bytes.getBytes(StandardCharsets.ISO_8859_1);
  }
}
