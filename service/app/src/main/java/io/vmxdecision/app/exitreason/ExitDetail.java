package io.vmxdecision.app.exitreason;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import io.vmxdecision.app.wire.Word32;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.BasicExitReason;
import io.vmxdecision.engine.vmx.CrAccess;
import io.vmxdecision.engine.vmx.DrAccess;
import io.vmxdecision.engine.vmx.EptViolation;
import io.vmxdecision.engine.vmx.ExitReason;
import io.vmxdecision.engine.vmx.InstructionInfo;
import io.vmxdecision.engine.vmx.InterruptionInfo;
import io.vmxdecision.engine.vmx.IoAccess;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the other words of an exit say, for the reasons that have more to tell than their name. */
@Schema(name = "ExitDetail",
    description = "What the exit's other words say, one property by the kind of exit: exceptions and NMIs,"
        + " accesses to CR and DR, I/O, MSRs, EPT violations, and INVEPT, INVVPID and INVPCID.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExitDetail(
    @Schema(description = "For exceptions and NMIs (0).") @Nullable ExceptionDetail exception,
    @Schema(description = "For accesses to CR (28).") @Nullable CrAccessDetail crAccess,
    @Schema(description = "For accesses to DR (29).") @Nullable DrAccessDetail drAccess,
    @Schema(description = "For I/O instructions (30).") @Nullable IoDetail io,
    @Schema(description = "For RDMSR (31) and WRMSR (32).") @Nullable MsrDetail msr,
    @Schema(description = "For EPT violations (48).") @Nullable EptViolationDetail eptViolation,
    @Schema(
        description = "For INVEPT (50), INVVPID (53) and INVPCID (58).") @Nullable InvalidationDetail invalidation) {

  private static final List<String> EXCEPTIONS = List.of(
      "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "", "#TS", "#NP", "#SS", "#GP", "#PF",
      "", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP");

  /** The type of an event. SDM vol. 3, "Information for VM Exits Due to Vectored Events". */
  @Schema(name = "EventType", description = "The type of an event, bits 10:8.", enumAsRef = true)
  public enum EventType {
    EXTERNAL_INTERRUPT,
    RESERVED,
    NMI,
    HARDWARE_EXCEPTION,
    SOFTWARE_INTERRUPT,
    PRIVILEGED_SOFTWARE_EXCEPTION,
    SOFTWARE_EXCEPTION,
    OTHER_EVENT;

    private static final List<EventType> TYPES = List.of(values());
  }

  /** An exception or NMI. */
  @Schema(name = "ExceptionDetail", description = "An exception or NMI, from interruptionInfo.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ExceptionDetail(
      @Schema(description = "The vector, bits 7:0.", minimum = "0", maximum = "255",
          requiredMode = RequiredMode.REQUIRED) int vector,
      @Schema(description = "The SDM's mnemonic, where the vector has one.",
          example = "#PF") @Nullable String name,
      @Schema(description = "The type of the event.", requiredMode = RequiredMode.REQUIRED) EventType type,
      @Schema(
          description = "The error code that the event delivers, where it has one.") @Nullable Word32 errorCode) {}

  /** How a control register is accessed. */
  @Schema(name = "CrAccessType", description = "The instruction, bits 5:4.", enumAsRef = true)
  public enum CrAccessType {
    MOV_TO_CR,
    MOV_FROM_CR,
    CLTS,
    LMSW;

    private static final List<CrAccessType> TYPES = List.of(values());
  }

  /** An access to a control register. */
  @Schema(name = "CrAccessDetail", description = "An access to a control register.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record CrAccessDetail(
      @Schema(description = "Which one; 0 for CLTS and LMSW.", minimum = "0", maximum = "15",
          requiredMode = RequiredMode.REQUIRED) int controlRegister,
      @Schema(description = "The instruction.", requiredMode = RequiredMode.REQUIRED) CrAccessType access,
      @Schema(description = "The general-purpose register of a MOV.",
          example = "rax") @Nullable String generalRegister,
      @Schema(description = "The value that a MOV or LMSW would store.") @Nullable Word64 value,
      @Schema(description = "Whether LMSW has its operand in memory.") @Nullable Boolean memoryOperand) {}

  /** A direction of a MOV DR. */
  @Schema(name = "DrAccessType", description = "The direction, bit 4.", enumAsRef = true)
  public enum DrAccessType {
    MOV_TO_DR,
    MOV_FROM_DR
  }

  /** An access to a debug register. */
  @Schema(name = "DrAccessDetail", description = "An access to a debug register.")
  public record DrAccessDetail(
      @Schema(description = "Which one, bits 2:0.", minimum = "0", maximum = "7",
          requiredMode = RequiredMode.REQUIRED) int debugRegister,
      @Schema(description = "The direction of the MOV.",
          requiredMode = RequiredMode.REQUIRED) DrAccessType access,
      @Schema(description = "The general-purpose register of the MOV.", example = "rax",
          requiredMode = RequiredMode.REQUIRED) String generalRegister) {}

  /** A direction of I/O. */
  @Schema(name = "IoDirection", description = "The direction, bit 3.", enumAsRef = true)
  public enum IoDirection {
    IN,
    OUT
  }

  /** An I/O instruction. */
  @Schema(name = "IoDetail", description = "An I/O instruction.")
  public record IoDetail(
      @Schema(description = "The first port, 16 bits.", example = "0x3f8",
          requiredMode = RequiredMode.REQUIRED) Word32 port,
      @Schema(description = "Width of the access in bytes.", minimum = "1", maximum = "8",
          requiredMode = RequiredMode.REQUIRED) int size,
      @Schema(description = "Which way the data goes.",
          requiredMode = RequiredMode.REQUIRED) IoDirection direction,
      @Schema(description = "INS or OUTS.", requiredMode = RequiredMode.REQUIRED) boolean string,
      @Schema(description = "With a REP prefix.", requiredMode = RequiredMode.REQUIRED) boolean rep,
      @Schema(description = "The port is an immediate operand, not in DX.",
          requiredMode = RequiredMode.REQUIRED) boolean immediate) {}

  /** A direction of an MSR access. */
  @Schema(name = "MsrAccess", description = "RDMSR or WRMSR.", enumAsRef = true)
  public enum MsrAccess {
    READ,
    WRITE
  }

  /** An MSR access. */
  @Schema(name = "MsrDetail", description = "An access to an MSR.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record MsrDetail(
      @Schema(description = "The number of the MSR, ECX.", example = "0xc0000100",
          requiredMode = RequiredMode.REQUIRED) Word32 index,
      @Schema(description = "Which way the MSR is accessed.",
          requiredMode = RequiredMode.REQUIRED) MsrAccess access,
      @Schema(description = "The value that WRMSR would store, EDX:EAX.") @Nullable Word64 value) {}

  /** An EPT violation. */
  @Schema(name = "EptViolationDetail",
      description = "An EPT violation: what was tried, and what the entries allow.")
  public record EptViolationDetail(
      @Schema(description = "The access was a data read (bit 0).",
          requiredMode = RequiredMode.REQUIRED) boolean read,
      @Schema(description = "The access was a data write (bit 1).",
          requiredMode = RequiredMode.REQUIRED) boolean write,
      @Schema(description = "The access was an instruction fetch (bit 2).",
          requiredMode = RequiredMode.REQUIRED) boolean fetch,
      @Schema(description = "The entries allow reads (bit 3).",
          requiredMode = RequiredMode.REQUIRED) boolean readable,
      @Schema(description = "The entries allow writes (bit 4).",
          requiredMode = RequiredMode.REQUIRED) boolean writable,
      @Schema(description = "The entries allow instruction fetches (bit 5).",
          requiredMode = RequiredMode.REQUIRED) boolean executable,
      @Schema(description = "The guest-linear address is valid.",
          requiredMode = RequiredMode.REQUIRED) boolean linearAddressValid,
      @Schema(description = "The access was to a guest paging-structure entry.",
          requiredMode = RequiredMode.REQUIRED) boolean pageWalk) {}

  /** The instructions that invalidate translations. */
  @Schema(name = "InvalidationInstruction", description = "The instruction.", enumAsRef = true)
  public enum InvalidationInstruction {
    INVEPT(List.of("", "SINGLE_CONTEXT", "ALL_CONTEXT")),
    INVVPID(List.of(
        "INDIVIDUAL_ADDRESS", "SINGLE_CONTEXT", "ALL_CONTEXTS", "SINGLE_CONTEXT_RETAINING_GLOBALS")),
    INVPCID(List.of(
        "INDIVIDUAL_ADDRESS", "SINGLE_CONTEXT", "ALL_CONTEXT_INCLUDING_GLOBALS", "ALL_CONTEXT"));

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> types;

    InvalidationInstruction(List<String> types) {
      this.types = types;
    }
  }

  /** An invalidation. */
  @Schema(name = "InvalidationDetail", description = "INVEPT, INVVPID or INVPCID.")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record InvalidationDetail(
      @Schema(description = "Which instruction.",
          requiredMode = RequiredMode.REQUIRED) InvalidationInstruction instruction,
      @Schema(description = "The register that holds the type (instruction information bits 31:28).",
          example = "rax", requiredMode = RequiredMode.REQUIRED) String typeRegister,
      @Schema(description = "The type, from that register.",
          requiredMode = RequiredMode.REQUIRED) Word64 type,
      @Schema(description = "What the SDM calls the type; left out where it defines none.",
          example = "SINGLE_CONTEXT") @Nullable String typeName) {}

  /** Decodes the exit, or returns null where its reason says it all. */
  public static @Nullable ExitDetail of(Snapshot snapshot, VmExit exit) {
    BasicExitReason reason = BasicExitReason.of(ExitReason.basic(exit.reason()));
    long qualification = exit.qualification();
    return switch (reason) {
      case EXCEPTION_NMI -> InterruptionInfo.isValid(exit.interruptionInfo())
          ? new ExitDetail(exception(exit), null, null, null, null, null, null)
          : null;
      case CR_ACCESS -> new ExitDetail(
          null, crAccess(exit.registers(), qualification), null, null, null, null, null);
      case DR_ACCESS -> new ExitDetail(null, null, drAccess(qualification), null, null, null, null);
      case IO_INSTRUCTION -> new ExitDetail(null, null, null, io(qualification), null, null, null);
      case MSR_READ, MSR_WRITE -> new ExitDetail(
          null, null, null, null, msr(exit.registers(), reason), null, null);
      case EPT_VIOLATION -> new ExitDetail(
          null, null, null, null, null, eptViolation(qualification), null);
      case INVEPT, INVVPID, INVPCID -> new ExitDetail(
          null, null, null, null, null, null,
          invalidation(exit.registers(), reason, exit.instructionInfo()));
      case null, default -> null;
    };
  }

  private static ExceptionDetail exception(VmExit exit) {
    int info = exit.interruptionInfo();
    int vector = InterruptionInfo.vector(info);
    String name = vector < EXCEPTIONS.size() ? EXCEPTIONS.get(vector) : "";
    return new ExceptionDetail(
        vector,
        name.isEmpty() ? null : name,
        EventType.TYPES.get(InterruptionInfo.type(info)),
        InterruptionInfo.hasErrorCode(info) ? new Word32(exit.interruptionErrorCode()) : null);
  }

  private static CrAccessDetail crAccess(Registers registers, long qualification) {
    CrAccessType type = CrAccessType.TYPES.get(CrAccess.type(qualification));
    int general = CrAccess.generalRegister(qualification);
    String register = Registers.name(general);
    Word64 value = switch (type) {
      case MOV_TO_CR -> new Word64(registers.operand(general));
      case LMSW -> new Word64(CrAccess.lmswSource(qualification));
      case MOV_FROM_CR, CLTS -> null;
    };
    boolean move = type == CrAccessType.MOV_TO_CR || type == CrAccessType.MOV_FROM_CR;
    return new CrAccessDetail(
        CrAccess.register(qualification),
        type,
        move ? register : null,
        value,
        type == CrAccessType.LMSW ? CrAccess.isLmswFromMemory(qualification) : null);
  }

  private static DrAccessDetail drAccess(long qualification) {
    return new DrAccessDetail(
        DrAccess.register(qualification),
        DrAccess.isRead(qualification) ? DrAccessType.MOV_FROM_DR : DrAccessType.MOV_TO_DR,
        Registers.name(DrAccess.generalRegister(qualification)));
  }

  private static IoDetail io(long qualification) {
    return new IoDetail(
        new Word32(IoAccess.port(qualification)),
        IoAccess.size(qualification),
        IoAccess.isIn(qualification) ? IoDirection.IN : IoDirection.OUT,
        IoAccess.isString(qualification),
        IoAccess.hasRep(qualification),
        IoAccess.isImmediate(qualification));
  }

  private static MsrDetail msr(Registers registers, BasicExitReason reason) {
    boolean write = reason == BasicExitReason.MSR_WRITE;
    long value = (registers.general(Registers.RDX) << Integer.SIZE)
        | (registers.general(Registers.RAX) & 0xffff_ffffL);
    return new MsrDetail(
        new Word32((int) registers.general(Registers.RCX)),
        write ? MsrAccess.WRITE : MsrAccess.READ,
        write ? new Word64(value) : null);
  }

  private static EptViolationDetail eptViolation(long qualification) {
    return new EptViolationDetail(
        EptViolation.isRead(qualification),
        EptViolation.isWrite(qualification),
        EptViolation.isFetch(qualification),
        EptViolation.isReadable(qualification),
        EptViolation.isWritable(qualification),
        EptViolation.isExecutable(qualification),
        EptViolation.isLinearAddressValid(qualification),
        EptViolation.isPageWalk(qualification));
  }

  private static InvalidationDetail invalidation(
      Registers registers, BasicExitReason reason, int instructionInfo) {
    InvalidationInstruction instruction = InvalidationInstruction.valueOf(reason.name());
    int register = InstructionInfo.register2(instructionInfo);
    long type = registers.operand(register);
    String name =
        type >= 0 && type < instruction.types.size() ? instruction.types.get((int) type) : "";
    return new InvalidationDetail(
        instruction, Registers.name(register), new Word64(type), name.isEmpty() ? null : name);
  }
}
