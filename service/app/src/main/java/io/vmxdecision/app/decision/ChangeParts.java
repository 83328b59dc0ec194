package io.vmxdecision.app.decision;

import io.vmxdecision.app.decision.DecisionRequest.MemoryPart;
import io.vmxdecision.app.decision.DecisionRequest.RegistersPart;
import io.vmxdecision.app.decision.DecisionRequest.SnapshotPart;
import io.vmxdecision.app.decision.DecisionRequest.TranslationPart;
import io.vmxdecision.app.decision.DecisionRequest.XmmPart;
import io.vmxdecision.app.wire.MemoryBytes;
import io.vmxdecision.app.wire.Word64;
import io.vmxdecision.engine.bytes.PageField;
import io.vmxdecision.engine.catalogue.CpuidWord;
import io.vmxdecision.engine.counterfactual.Change;
import io.vmxdecision.engine.counterfactual.Place;
import io.vmxdecision.engine.hyperv.PartitionAssistField;
import io.vmxdecision.engine.hyperv.VpAssistField;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Cpuid;
import io.vmxdecision.engine.machine.Registers;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Puts changes into the form of the request that they are made to: pointers, and whole values. */
final class ChangeParts {
  /** In bytes. */
  private static final int LARGEST_REGION = 8192;

  private final SnapshotPart request;
  private final Snapshot snapshot;
  private final VmExit exit;
  private final JsonMapper mapper;

  ChangeParts(SnapshotPart request, Snapshot snapshot, VmExit exit, JsonMapper mapper) {
    this.request = request;
    this.snapshot = snapshot;
    this.exit = exit;
    this.mapper = mapper;
  }

  /** The changes of a set; those to one value go together. */
  List<ChangePart> of(List<Change<Place>> changes) {
    Map<String, List<Change<Place>>> byPointer = new LinkedHashMap<>();
    for (Change<Place> change : changes) {
      String pointer = pointer(change.place());
      String key = pointer.endsWith("/-") ? pointer + change.place() : pointer;
      byPointer.computeIfAbsent(key, at -> new ArrayList<>()).add(change);
    }
    return byPointer.values().stream().map(this::part).toList();
  }

  /** The heap that the values of a change take in an answer, at most: characters, as tree and as text. */
  long bytes(Change<Place> change) {
    return switch (change.place()) {
      case Place.Memory(long gpa) -> isLarge(gpa) ? 0 : 6L * region(gpa).bytes().bytes().length;
      case Place.Region(long gpa, int length) -> 3L * length;
      default -> 0;
    };
  }

  private ChangePart part(List<Change<Place>> changes) {
    Place place = changes.getFirst().place();
    return ChangePart.of(pointer(place), field(place), changes, tree(from(place)), tree(to(place, changes)));
  }

  private @Nullable JsonNode tree(@Nullable Object value) {
    return value == null ? null : mapper.valueToTree(value);
  }

  private String pointer(Place place) {
    String name = field(place);
    return "/snapshot/"
        + switch (place) {
          case Place.Field(EvmcsField field) -> "evmcsFields/" + name;
          case Place.Field(VpAssistField field) -> "vpAssist/"
              + switch (field) {
                case FEATURES -> "directHypercall";
                case ENLIGHTEN_VMENTRY -> "enlightenVmentry";
                case CURRENT_NESTED_VMCS -> "currentNestedVmcs";
              };
          case Place.Field field -> "partitionAssist/tlbLockCount";
          case Place.Page page -> name;
          case Place.Cpuid word -> "cpuid/" + name;
          case Place.General register -> "registers/" + name;
          case Place.XmmHalf half -> "registers/" + name;
          case Place.State state -> (isRegister(state) ? "registers/" : "cpuid/") + name;
          case Place.Memory(long gpa) -> "memory/" + regionIndex(gpa) + "/bytes";
          case Place.Region region -> "memory/-";
          case Place.Translation(long l2Gpa, long l1Gpa) -> {
            int index = translationIndex(l2Gpa);
            yield "translations/" + (index < 0 ? "-" : index);
          }
        };
  }

  private String field(Place place) {
    return switch (place) {
      case Place.Field(PageField field) -> field.linuxName();
      case Place.Page(PageField.Page page) -> switch (page) {
        case EVMCS -> request.evmcs() == null ? "evmcsFields" : "evmcs";
        case VP_ASSIST_PAGE -> request.vpAssistPage() == null ? "vpAssist" : "vpAssistPage";
        case PARTITION_ASSIST_PAGE ->
          request.partitionAssistPage() == null ? "partitionAssist" : "partitionAssistPage";
      };
      case Place.Cpuid(CpuidWord word) -> switch (word) {
        case NESTED_EAX -> "nestedEax";
        case ENLIGHTENMENTS_EAX -> "enlightenmentsEax";
        case FEATURES_EDX -> "featuresEdx";
      };
      case Place.General(int number) -> Registers.name(number);
      case Place.XmmHalf half -> "xmm";
      case Place.State state -> switch (state) {
        case CPL -> "cpl";
        case PROTECTED_MODE -> "protectedMode";
        case LONG_MODE -> "longMode";
        case CPUID_ENFORCED -> "enforced";
        case CPUID_FAULTING -> "faulting";
        case SGX -> "sgx";
      };
      case Place.Memory memory -> "memory";
      case Place.Region region -> "memory";
      case Place.Translation translation -> "translations";
    };
  }

  private static boolean isRegister(Place.State state) {
    return switch (state) {
      case CPL, PROTECTED_MODE, LONG_MODE -> true;
      case CPUID_ENFORCED, CPUID_FAULTING, SGX -> false;
    };
  }

  /** The value before, in the form of the request. */
  private @Nullable Object from(Place place) {
    return value(place, List.of());
  }

  /** The value after. What is added or taken away as a whole is one change. */
  private @Nullable Object to(Place place, List<Change<Place>> changes) {
    boolean gives = changes.getFirst().to() != 0;
    return switch (place) {
      case Place.Page page -> null;
      case Place.Region(long gpa, int length) ->
        new MemoryPart(new Word64(gpa), MemoryBytes.of(new byte[length]));
      case Place.Translation(long l2Gpa, long l1Gpa) ->
        gives ? new TranslationPart(new Word64(l2Gpa), new Word64(l1Gpa)) : null;
      case Place.Field(PageField field) -> inRequest(field, Change.made(word(field), changes));
      default -> value(place, changes);
    };
  }

  private @Nullable Object value(Place place, List<Change<Place>> changes) {
    Registers registers = exit.registers();
    return switch (place) {
      case Place.Field(PageField field) ->
        isGiven(field) ? inRequest(field, Change.made(word(field), changes)) : null;
      case Place.Page page -> null;
      case Place.Cpuid(CpuidWord word) ->
        new Word64(Change.made(Integer.toUnsignedLong(word.of(snapshot.cpuid())), changes));
      case Place.General(int number) -> new Word64(Change.made(registers.general(number), changes));
      case Place.XmmHalf half -> xmm(changes);
      case Place.State state -> inRequest(state, changes);
      case Place.Memory(long gpa) -> isLarge(gpa) ? null : memory(gpa, changes);
      case Place.Region region -> null;
      case Place.Translation(long l2Gpa, long l1Gpa) -> translationIndex(l2Gpa) < 0
          ? null
          : new TranslationPart(new Word64(l2Gpa), new Word64(l1Gpa));
    };
  }

  private boolean isGiven(PageField field) {
    return switch (field.page()) {
      case EVMCS -> snapshot.evmcs().isGiven();
      case VP_ASSIST_PAGE -> snapshot.vpAssistPage().isGiven();
      case PARTITION_ASSIST_PAGE -> snapshot.partitionAssistPage().isGiven();
    };
  }

  /** The value of a field, 0 where its page is not given. */
  private long word(PageField field) {
    if (!isGiven(field)) {
      return 0;
    }
    return switch (field) {
      case EvmcsField of -> snapshot.evmcs().value(of);
      case VpAssistField of -> switch (of) {
        case FEATURES -> snapshot.vpAssistPage().features();
        case ENLIGHTEN_VMENTRY -> snapshot.vpAssistPage().enlightenVmentry();
        case CURRENT_NESTED_VMCS -> snapshot.vpAssistPage().currentNestedVmcs();
      };
      default -> Integer.toUnsignedLong(snapshot.partitionAssistPage().tlbLockCount());
    };
  }

  private static Object inRequest(PageField field, long value) {
    return switch (field) {
      case VpAssistField.FEATURES -> (value & VpAssistPage.DIRECT_HYPERCALL) != 0;
      case VpAssistField.ENLIGHTEN_VMENTRY -> value != 0;
      case PartitionAssistField.TLB_LOCK_COUNT -> value;
      default -> new Word64(value);
    };
  }

  private Object inRequest(Place.State state, List<Change<Place>> changes) {
    Registers registers = exit.registers();
    Cpuid cpuid = snapshot.cpuid();
    if (state == Place.State.CPL) {
      return Change.made(registers.cpl(), changes);
    }
    boolean before =
        switch (state) {
          case CPL, PROTECTED_MODE -> registers.isProtectedMode();
          case LONG_MODE -> registers.isLongMode();
          case CPUID_ENFORCED -> cpuid.isEnforced();
          case CPUID_FAULTING -> cpuid.isFaulting();
          case SGX -> cpuid.hasSgx();
        };
    return Change.made(before ? 1 : 0, changes) != 0;
  }

  /** All registers that the request gives, and those that change. */
  private Object xmm(List<Change<Place>> changes) {
    RegistersPart given = request.registers();
    int count = given == null || given.xmm() == null ? 0 : given.xmm().size();
    long[] halves = new long[Registers.XMM_HALVES];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = exit.registers().xmmHalf(i);
    }
    for (Change<Place> change : changes) {
      if (change.place() instanceof Place.XmmHalf(int index)) {
        halves[index] = Change.made(halves[index], List.of(change));
        count = Math.max(count, index / 2 + 1);
      }
    }
    List<XmmPart> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(new XmmPart(new Word64(halves[2 * i]), new Word64(halves[2 * i + 1])));
    }
    return parts;
  }

  private Object memory(long gpa, List<Change<Place>> changes) {
    MemoryPart region = region(gpa);
    byte[] bytes = region.bytes().bytes().clone();
    for (Change<Place> change : changes) {
      if (change.place() instanceof Place.Memory(long at)) {
        int into = (int) (at - region.gpa().value());
        bytes[into] = (byte) Change.made(bytes[into], List.of(change));
      }
    }
    return MemoryBytes.of(bytes);
  }

  private boolean isLarge(long gpa) {
    return region(gpa).bytes().bytes().length > LARGEST_REGION;
  }

  private MemoryPart region(long gpa) {
    return memory().get(regionIndex(gpa));
  }

  private int regionIndex(long gpa) {
    List<MemoryPart> regions = memory();
    for (int i = 0; i < regions.size(); i++) {
      MemoryPart region = regions.get(i);
      if (Long.compareUnsigned(gpa - region.gpa().value(), region.bytes().bytes().length) < 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("no memory at " + new Word64(gpa));
  }

  private List<MemoryPart> memory() {
    return request.memory() == null ? List.of() : request.memory();
  }

  private int translationIndex(long l2Gpa) {
    List<TranslationPart> translations = request.translations() == null ? List.of() : request.translations();
    for (int i = 0; i < translations.size(); i++) {
      if (translations.get(i).l2Gpa().value() == l2Gpa) {
        return i;
      }
    }
    return -1;
  }
}
