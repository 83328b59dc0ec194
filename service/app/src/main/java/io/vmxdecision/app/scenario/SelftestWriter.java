package io.vmxdecision.app.scenario;

import io.vmxdecision.app.decision.DecisionRequest.RegistersPart;
import io.vmxdecision.app.scenario.ScenarioRequest.EventPart;
import io.vmxdecision.app.scenario.ScenarioRequest.MachinePart;
import io.vmxdecision.app.scenario.ScenarioRequest.MemoryPart;
import io.vmxdecision.app.scenario.ScenarioRequest.VcpuPart;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.decision.Decision;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.Scenario;
import io.vmxdecision.engine.scenario.ScenarioEvent;
import io.vmxdecision.engine.scenario.ScenarioMachine;
import io.vmxdecision.engine.scenario.ScenarioStep;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.EvmcsField;
import io.vmxdecision.engine.vmx.ExitReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a scenario as the skeleton of a KVM selftest in C: pages set up, code of L1 and L2 for each vCPU, a
 * host that lets the vCPUs take turns, and asserts on what the engine expects. What a selftest cannot do by
 * itself is marked TODO.
 */
final class SelftestWriter {
  /** The fields that hold addresses of L1's memory; the memory lies elsewhere in the selftest. */
  private static final Set<EvmcsField> ADDRESSES =
      Set.of(EvmcsField.PARTITION_ASSIST_PAGE, EvmcsField.MSR_BITMAP, EvmcsField.IO_BITMAP_A,
          EvmcsField.IO_BITMAP_B, EvmcsField.VIRTUAL_APIC_PAGE_ADDR);

  private static final int BYTES_A_LINE = 16;

  private static final String HEAD =
      """
          /*
           * The skeleton of a KVM selftest, written by the VMX Decision Service from a scenario. Profile: kvm-6.12.
           *
           * It is for tools/testing/selftests/kvm of a Linux tree. L1 is the guest, L2 its nested guest. Each event of
           * the scenario is a turn of one vCPU, which ends with GUEST_SYNC(number of the event + 1). The asserts say
           * what the service expects of KVM. What is marked TODO has to be written by hand.
           */
          #include "test_util.h"
          #include "kvm_util.h"
          #include "processor.h"
          #include "hyperv.h"
          #include "evmcs.h"
          #include "vmx.h"

          /* The scenario's memory lies above the selftest's own. */
          #define SCENARIO_BASE 0x100000000ull
          #define AT(gpa) (SCENARIO_BASE + (gpa))
          #define PUT(type, gpa, value) (*(volatile type *)(uintptr_t)(gpa) = (type)(value))
          #define L2_STACK_WORDS 256

          /* An exit that this writer does not know how to cause. */
          #define TODO_EXIT(reason) GUEST_FAIL("TODO: cause exit reason " #reason)

          struct turn {
          	int vcpu;
          	enum { RUN, INJECT, SAVE, RESTORE } kind;
          	uint64_t expected;
          };

          static inline void put_bytes(uint64_t gpa, const uint8_t *bytes, int count)
          {
          	for (int i = 0; i < count; i++)
          		PUT(uint8_t, gpa + i, bytes[i]);
          }

          /* A flush hypercall; gives the result word. */
          static inline uint64_t hypercall(uint64_t control, uint64_t input, uint64_t output)
          {
          	uint64_t result = 0;

          	GUEST_ASSERT_EQ(__hyperv_hypercall(control, input, output, &result), 0);
          	return result;
          }
          """;

  private final MachinePart machine;
  private final Scenario scenario;
  private final ScenarioStep step = new ScenarioStep();
  private final List<StringBuilder> l1 = new ArrayList<>();
  private final List<StringBuilder> l2 = new ArrayList<>();
  private final StringBuilder turns = new StringBuilder();
  private final boolean[] entered;

  SelftestWriter(MachinePart machine, ScenarioMachine made) {
    this.machine = machine;
    this.scenario = new Scenario(made);
    this.entered = new boolean[scenario.vcpuCount()];
    for (int i = 0; i < scenario.vcpuCount(); i++) {
      l1.add(new StringBuilder());
      l2.add(new StringBuilder());
    }
  }

  /** Plays an event, which can be, and notes what the test does and asserts for it. */
  void add(int index, EventPart part, ScenarioEvent event) {
    int vcpu = event.vcpu();
    Level before = scenario.level(vcpu);
    scenario.play(event, step);
    StringBuilder code = before == Level.L1 ? l1.get(vcpu) : l2.get(vcpu);
    String sync = "\tGUEST_SYNC(%d);\n".formatted(index + 1);
    String said = "\n\t/* Event %d: %s. */\n".formatted(index, part.type().wireName());
    code.append(said);
    if (step.isInternalError()) {
      code.append(
          "\t/* TODO: here KVM_RUN gives KVM_EXIT_INTERNAL_ERROR, and the event does not happen. */\n");
      return;
    }
    switch (event) {
      case ScenarioEvent.Write _ -> {
        write(part, code);
        code.append(sync);
      }
      case ScenarioEvent.WriteVpAssistMsr wrmsr -> {
        boolean written = step.msr() == ScenarioStep.MsrResult.WRITTEN;
        code.append("\tGUEST_ASSERT_EQ(wrmsr_safe(HV_X64_MSR_VP_ASSIST_PAGE, ").append(msr(wrmsr.value()))
            .append("), ").append(written ? "0" : "GP_VECTOR").append(");\n").append(sync);
      }
      case ScenarioEvent.VmEntry entry -> vmEntry(vcpu, entry.launch(), said, sync);
      case ScenarioEvent.VmClear clear -> {
        boolean fails = step.vmClear() != ScenarioStep.VmClearResult.SUCCEED;
        code.append("\tGUEST_ASSERT_EQ(!!vmclear(").append(address(clear.gpa())).append("), ")
            .append(fails ? 1 : 0).append(");\n").append(sync);
      }
      case ScenarioEvent.Exit exit -> exit(vcpu, before, part, exit, code, said, sync);
      case ScenarioEvent.Inject inject -> {
        code.append("\t/* TODO: wait here until the host makes this vCPU exit with reason ")
            .append(hex(Integer.toUnsignedLong(inject.reason()))).append(". */\n");
        l1.get(vcpu).append(said);
        assertExit(l1.get(vcpu));
        l1.get(vcpu).append(sync);
      }
      case ScenarioEvent.Enter _ -> code.append(sync);
      case ScenarioEvent.Save _ ->
        code.append("\t/* The host saves the vCPU. */\n");
      case ScenarioEvent.Restore restore -> code.append("\t/* The host restores the vCPU")
          .append(restore.recreated() ? ", which is created anew" : "")
          .append(". TODO: its registers are those of the save, so that the code goes on from there. */\n");
    }
    turn(event, index);
  }

  private void turn(ScenarioEvent event, int index) {
    String kind = switch (event) {
      case ScenarioEvent.Save _ -> "SAVE";
      case ScenarioEvent.Restore _ -> "RESTORE";
      case ScenarioEvent.Inject _ -> "INJECT";
      default -> "RUN";
    };
    long expected = switch (event) {
      case ScenarioEvent.Save _ -> step.savedFlags();
      case ScenarioEvent.Restore _ -> step.isRestoreInvalid() ? 1 : 0;
      default -> index + 1L;
    };
    turns.append("\t{ %d, %s, %s },\n".formatted(event.vcpu(), kind, hex(expected)));
  }

  private void vmEntry(int vcpu, boolean launch, String said, String sync) {
    StringBuilder code = l1.get(vcpu);
    if (!entered[vcpu]) {
      entered[vcpu] = true;
      code.append("\tcurrent_evmcs = (void *)(uintptr_t)").append(evmcsAddress(vcpu)).append(";\n");
      code.append("\tenable_evmcs = true;\n");
      code.append("\tprepare_vmcs(vmx, l2_code_").append(vcpu).append(", &l2_stack[L2_STACK_WORDS]);\n");
      code.append(
          "\tset_up_pages(); /* over what prepare_vmcs() has written. TODO: keep what L2 needs to run. */\n");
    }
    String enter = launch ? "vmlaunch()" : "vmresume()";
    switch (Objects.requireNonNull(step.entry())) {
      case ENTERED -> {
        code.append("\tGUEST_ASSERT_EQ(").append(enter).append(", 0);\n");
        l2.get(vcpu).append(said).append(sync);
      }
      case INVALID_OPCODE ->
        code.append("\t/* TODO: ").append(enter).append(" gives #UD: take it with a handler. */\n")
            .append(sync);
      case VMFAIL_INVALID -> code.append("\tGUEST_ASSERT(").append(enter).append(");\n").append(sync);
      case VMFAIL_VALID -> code.append("\tGUEST_ASSERT(").append(enter).append(");\n")
          .append("\tGUEST_ASSERT_EQ(current_evmcs->vm_instruction_error, ").append(step.instructionError())
          .append(");\n").append(sync);
      case FAILED_ENTRY -> code.append("\tGUEST_ASSERT_EQ(").append(enter).append(", 0);\n")
          .append("\tGUEST_ASSERT_EQ(current_evmcs->vm_exit_reason, ")
          .append(hex(Integer.toUnsignedLong(step.failedEntryReason()))).append(");\n").append(sync);
    }
  }

  private void exit(
      int vcpu, Level before, EventPart part, ScenarioEvent.Exit exit, StringBuilder code, String said,
      String sync) {
    Decision decision = Objects.requireNonNull(step.decision());
    boolean flush = decision.hypercall().isHandled();
    if (flush && !decision.hypercall().isInvalidOpcode()) {
      RegistersPart registers = part.registers();
      if (registers != null && registers.xmm() != null) {
        code.append("\t/* TODO: the call takes input in XMM registers. */\n");
      }
      code.append("\tGUEST_ASSERT_EQ(hypercall(").append(word(registers == null ? null : registers.rcx()))
          .append(", ").append(address(registers == null ? null : registers.rdx())).append(", ")
          .append(word(registers == null ? null : registers.r8())).append("), ")
          .append(hex(decision.hypercall().result())).append(");\n");
    } else {
      code.append(cause(exit.exit().reason()));
    }
    if (before == Level.L2 && decision.exitToL1().isPresent()) {
      StringBuilder after = l1.get(vcpu);
      after.append(said);
      assertExit(after);
      if (!flush) {
        after.append("\tcurrent_evmcs->guest_rip += current_evmcs->vm_exit_instruction_len;\n");
      }
      after.append(sync);
    } else {
      code.append(sync);
    }
  }

  /** Code of L2 that exits for that reason, where one instruction does. */
  private static String cause(int reason) {
    BasicExitReason basic = BasicExitReason.of(ExitReason.basic(reason));
    String name = basic == null ? "unknown" : basic.name();
    String code = switch (name) {
      case "CPUID" -> "asm volatile(\"cpuid\" ::: \"eax\", \"ebx\", \"ecx\", \"edx\");";
      case "HLT" -> "asm volatile(\"hlt\");";
      case "VMCALL" -> "asm volatile(\"vmcall\" ::: \"rax\", \"rcx\", \"rdx\", \"r8\", \"memory\");";
      default -> "TODO_EXIT(" + hex(Integer.toUnsignedLong(reason)) + ");";
    };
    return "\t" + code + " /* " + name + " */\n";
  }

  private void assertExit(StringBuilder code) {
    Decision decision = Objects.requireNonNull(step.decision());
    var exit = decision.exitToL1();
    if (step.exitWrites() == null) {
      code.append("\t/* No eVMCS is mapped: L1 does not learn of this exit. */\n");
      return;
    }
    code.append("\tGUEST_ASSERT_EQ(current_evmcs->vm_exit_reason, ")
        .append(hex(Integer.toUnsignedLong(exit.reason()))).append(");\n");
    if (!ExitReason.isFailedVmEntry(exit.reason())) {
      code.append("\tGUEST_ASSERT_EQ(current_evmcs->exit_qualification, ").append(hex(exit.qualification()))
          .append(");\n");
    }
  }

  private void write(EventPart part, StringBuilder code) {
    long gpa = Objects.requireNonNull(part.gpa()).value();
    contents(
        gpa, new MemoryWrites(part.bytes(), part.evmcsFields(), part.vpAssist(), part.partitionAssist()),
        code);
  }

  private void contents(long gpa, MemoryWrites contents, StringBuilder code) {
    if (contents.bytes() != null) {
      bytes(gpa, contents.bytes().bytes(), code);
    }
    if (contents.evmcsFields() != null) {
      contents.evmcsFields()
          .forEach(
              (field, value) -> put(
                  8 * field.bytes(), gpa + field.offset(),
                  ADDRESSES.contains(field) ? address(value) : hex(value), field.linuxName(), code));
    }
    var assist = contents.vpAssist();
    if (assist != null && assist.directHypercall() != null) {
      put(32, gpa + VpAssistField.FEATURES.offset(), assist.directHypercall() ? "1" : "0", "directHypercall",
          code);
    }
    if (assist != null && assist.enlightenVmentry() != null) {
      put(8, gpa + VpAssistField.ENLIGHTEN_VMENTRY.offset(), assist.enlightenVmentry() ? "1" : "0",
          "enlighten_vmentry", code);
    }
    if (assist != null && assist.currentNestedVmcs() != null) {
      put(64, gpa + VpAssistField.CURRENT_NESTED_VMCS.offset(), address(assist.currentNestedVmcs()),
          "current_nested_vmcs", code);
    }
    var partition = contents.partitionAssist();
    if (partition != null && partition.tlbLockCount() != null) {
      put(32, gpa + PartitionAssistField.TLB_LOCK_COUNT.offset(), String.valueOf(partition.tlbLockCount()),
          "tlb_lock_count", code);
    }
  }

  private static void put(int bits, long gpa, String value, String name, StringBuilder code) {
    code.append("\tPUT(uint%d_t, AT(%s), %s); /* %s */\n".formatted(bits, hex(gpa), value, name));
  }

  private static void bytes(long gpa, byte[] bytes, StringBuilder code) {
    for (int from = 0; from < bytes.length; from += BYTES_A_LINE) {
      int count = Math.min(BYTES_A_LINE, bytes.length - from);
      StringBuilder list = new StringBuilder();
      boolean any = false;
      for (int i = 0; i < count; i++) {
        any |= bytes[from + i] != 0;
        list.append(i == 0 ? "" : ", ").append(String.format(Locale.ROOT, "0x%02x", bytes[from + i]));
      }
      if (any || bytes.length <= BYTES_A_LINE) {
        code.append(
            "\tput_bytes(AT(%s), (const uint8_t[]){ %s }, %d);\n".formatted(hex(gpa + from), list, count));
      }
    }
  }

  /** An address of the scenario's memory where it lies in the selftest; other words as they are. */
  private String address(long value) {
    long page = value & -4096L;
    return scenario.memory().covers(page, 4096) ? "AT(" + hex(value) + ")" : hex(value);
  }

  private String address(@Nullable Word64 value) {
    return address(value == null ? 0 : value.value());
  }

  private String msr(long value) {
    return (value & 1) == 0 ? hex(value) : address(value);
  }

  private String evmcsAddress(int vcpu) {
    return scenario.isEvmcsMapped(vcpu)
        ? address(scenario.evmcsGpa(vcpu) & -4096L)
        : "0 /* TODO: no eVMCS */";
  }

  private static String word(@Nullable Word64 word) {
    return hex(word == null ? 0 : word.value());
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value) + (value < 0 || value > Integer.MAX_VALUE ? "ull" : "");
  }

  /** The whole test. */
  String text() {
    StringBuilder text = new StringBuilder(HEAD);
    pages(text);
    for (int i = 0; i < l1.size(); i++) {
      text.append("\nstatic void l2_code_").append(i).append("(void)\n{");
      text.append(l2.get(i)).append("\n\tGUEST_DONE();\n}\n");
      text.append("\nstatic void l1_code_").append(i).append("(struct vmx_pages *vmx)\n{\n");
      text.append("\tstatic unsigned long l2_stack[L2_STACK_WORDS];\n\n");
      text.append("\t(void)l2_stack;\n\t(void)l2_code_").append(i).append(";\n");
      text.append("\tGUEST_ASSERT(prepare_for_vmx_operation(vmx));\n");
      text.append(i == 0 ? "\tset_up_pages();\n" : "");
      VcpuPart vcpu = machine.vcpus() == null ? null : machine.vcpus().get(i);
      if (vcpu != null && vcpu.vpAssistMsr() != null && vcpu.vpAssistMsr().value() != 0) {
        text.append("\twrmsr(HV_X64_MSR_VP_ASSIST_PAGE, ").append(msr(vcpu.vpAssistMsr().value()))
            .append(");\n");
      }
      text.append("\tGUEST_SYNC(0);\n").append(l1.get(i)).append("\n\tGUEST_DONE();\n}\n");
    }
    text.append("\nstatic const struct turn turns[] = {\n").append(turns);
    text.append("\t{ 0, RUN, 0 }, /* the end */\n};\n");
    host(text);
    return text.toString();
  }

  private void pages(StringBuilder text) {
    text.append("\nstatic void set_up_pages(void)\n{\n");
    List<MemoryPart> memory = machine.memory() == null ? List.of() : machine.memory();
    for (MemoryPart item : memory) {
      contents(
          item.gpa().value(),
          new MemoryWrites(item.bytes(), item.evmcsFields(), item.vpAssist(), item.partitionAssist()), text);
    }
    text.append("}\n\nstatic const struct { uint64_t gpa; uint64_t pages; } memory[] = {\n");
    for (int i = 0; i < scenario.memory().size(); i++) {
      text.append("\t{ AT(%s), %d },\n".formatted(
          hex(scenario.memory().gpa(i)), scenario.memory().length(i) / 4096));
    }
    text.append("\t{ 0, 0 }, /* the end */\n};\n");
  }

  private void host(StringBuilder text) {
    text.append("\n#define VCPUS ").append(l1.size()).append("\n\n");
    text.append("static void *const code[VCPUS] = {");
    for (int i = 0; i < l1.size(); i++) {
      text.append(i == 0 ? " " : ", ").append("l1_code_").append(i);
    }
    text.append(" };\n").append(HOST);
  }

  private static final String HOST = """

      static void run(struct kvm_vcpu *vcpu, uint64_t expected)
      {
      	struct ucall uc;

      	vcpu_run(vcpu);
      	TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_IO);
      	switch (get_ucall(vcpu, &uc)) {
      	case UCALL_ABORT:
      		REPORT_GUEST_ASSERT(uc);
      		break;
      	case UCALL_SYNC:
      		TEST_ASSERT_EQ(uc.args[1], expected);
      		break;
      	default:
      		TEST_FAIL("the guest is done before event %d", (int)expected - 1);
      	}
      }

      int main(void)
      {
      	struct kvm_vcpu *vcpus[VCPUS];
      	struct kvm_x86_state *states[VCPUS] = {};
      	struct kvm_vm *vm;

      	TEST_REQUIRE(kvm_cpu_has(X86_FEATURE_VMX));
      	TEST_REQUIRE(kvm_has_cap(KVM_CAP_NESTED_STATE));
      	TEST_REQUIRE(kvm_has_cap(KVM_CAP_HYPERV_ENLIGHTENED_VMCS));
      	vm = vm_create(VCPUS);
      	for (int i = 0; memory[i].pages; i++) {
      		vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, memory[i].gpa, i + 1, memory[i].pages, 0);
      		virt_map(vm, memory[i].gpa, memory[i].gpa, memory[i].pages);
      	}
      	for (int i = 0; i < VCPUS; i++) {
      		vm_vaddr_t vmx;

      		vcpus[i] = vm_vcpu_add(vm, i, code[i]);
      		vcpu_set_hv_cpuid(vcpus[i]); /* TODO: the leaves of the scenario's machine. */
      		vcpu_enable_evmcs(vcpus[i]);
      		vcpu_alloc_vmx(vm, &vmx);
      		vcpu_args_set(vcpus[i], 1, vmx);
      		run(vcpus[i], 0);
      	}
      	for (int i = 0; i < (int)ARRAY_SIZE(turns) - 1; i++) {
      		const struct turn *turn = &turns[i];
      		struct kvm_vcpu *vcpu = vcpus[turn->vcpu];

      		switch (turn->kind) {
      		case INJECT:
      			/* TODO: make the vCPU exit to L1, for example with vcpu_nmi(). */
      			/* fall through */
      		case RUN:
      			run(vcpu, turn->expected);
      			break;
      		case SAVE:
      			states[turn->vcpu] = vcpu_save_state(vcpu);
      			TEST_ASSERT_EQ(states[turn->vcpu]->nested.flags, turn->expected);
      			break;
      		case RESTORE:
      			/* TODO: with an expected 1, KVM_SET_NESTED_STATE fails with EINVAL. More than one vCPU. */
      			TEST_ASSERT(states[turn->vcpu], "nothing was saved");
      			kvm_vm_release(vm);
      			vcpus[turn->vcpu] = vm_recreate_with_one_vcpu(vm);
      			vcpu_set_hv_cpuid(vcpus[turn->vcpu]);
      			vcpu_enable_evmcs(vcpus[turn->vcpu]);
      			vcpu_load_state(vcpus[turn->vcpu], states[turn->vcpu]);
      			break;
      		}
      	}
      	for (int i = 0; i < VCPUS; i++)
      		if (states[i])
      			kvm_x86_state_cleanup(states[i]);
      	kvm_vm_free(vm);
      	return 0;
      }
      """;
}
