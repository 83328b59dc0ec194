package io.vmxdecision.bench.http;

import java.util.List;

/** A machine, and events that lead from L1 through L2 back to L1, so that they can be sent again and again. */
final class Scenarios {
  /** The first line. */
  static final String START =
      """
          {"machine":{"cpuid":{"nestedEax":"0x20101"},"vcpus":[{"vpAssistMsr":"0x10001"},{"vpAssistMsr":"0x11001"}],\
          "memory":[{"gpa":"0x10000","vpAssist":{"enlightenVmentry":true,"currentNestedVmcs":"0x20000",\
          "directHypercall":true}},{"gpa":"0x11000"},{"gpa":"0x20000","evmcsFields":{"revision_id":"0x1",\
          "hv_enlightenments_control":"0x1","hv_vm_id":"0x7","hv_vp_id":"0x1","partition_assist_page":"0x30000",\
          "cpu_based_vm_exec_control":"0x80000000","secondary_vm_exec_control":"0x20","virtual_processor_id":"0x1"}},\
          {"gpa":"0x30000","pages":2}]}}""";

  private static final String FLUSH = """
      {"type":"exit","exit":{"reason":"0x12","instructionLength":3},"registers":{"rcx":"0x10002","r8":"0x3",\
      "rip":"0x401000"}}""";

  /** A line each. */
  static final List<String> EVENTS =
      List.of(
          "{\"type\":\"write\",\"gpa\":\"0x30000\",\"partitionAssist\":{\"tlbLockCount\":0}}",
          "{\"type\":\"vmEntry\"}",
          FLUSH,
          "{\"type\":\"exit\",\"exit\":{\"reason\":\"0xa\",\"instructionLength\":2}}",
          "{\"type\":\"vmEntry\"}",
          FLUSH,
          "{\"type\":\"enter\"}",
          "{\"type\":\"inject\",\"reason\":\"0x1\"}");

  private Scenarios() {}
}
