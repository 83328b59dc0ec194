package io.vmxdecision.engine.entry;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The conditions of many checks as one piece of straight code, in place of as many calls through an interface.
 * It judges an entry of which everything is known. Made once, and stateless.
 */
abstract class CompiledChecks {
  /** So many checks make one method: HotSpot compiles none with more than 8,000 bytes of code. */
  private static final int PART = Integer.SIZE;

  private static final int WORTH_A_QUESTION = 3;

  private static final String NAME = "Compiled";
  private static final MethodTypeDesc CHECK =
      MethodTypeDesc.of(
          ConstantDescs.CD_void,
          ConditionCode.describe(EntryFacts.class),
          ConstantDescs.CD_long.arrayType());

  /** Notes which checks do not hold: bit i % 64 of word i / 64, in their order. */
  abstract void check(EntryFacts facts, long[] violated);

  /** Compiles the conditions under which the checks are violated. */
  static CompiledChecks of(List<Condition> violated) {
    List<Condition> called = new ArrayList<>();
    byte[] classFile = classFile(violated, called);
    try {
      MethodHandles.Lookup made =
          MethodHandles.lookup().defineHiddenClassWithClassData(classFile, List.copyOf(called), true);
      return (CompiledChecks) made.findConstructor(
          made.lookupClass(), MethodType.methodType(void.class)).invoke();
    } catch (Throwable e) {
      throw new IllegalStateException("the compiled checks cannot be made", e);
    }
  }

  /** @param called where the conditions are added that the code calls: the data of the class */
  static byte[] classFile(List<Condition> violated, List<Condition> called) {
    ClassDesc self =
        ClassDesc.of(CompiledChecks.class.getPackageName(), CompiledChecks.class.getSimpleName() + NAME);
    return ClassFile.of().build(
        self,
        type -> {
          type.withSuperclass(ConditionCode.describe(CompiledChecks.class));
          constructor(type);
          for (int from = 0; from < violated.size(); from += PART) {
            part(type, from, violated.subList(from, Math.min(from + PART, violated.size())), called);
          }
          whole(type, self, violated.size());
        });
  }

  private static void constructor(ClassBuilder type) {
    type.withMethodBody(
        ConstantDescs.INIT_NAME,
        ConstantDescs.MTD_void,
        0,
        code -> code.aload(0)
            .invokespecial(
                ConditionCode.describe(CompiledChecks.class),
                ConstantDescs.INIT_NAME,
                ConstantDescs.MTD_void)
            .return_());
  }

  private static void part(ClassBuilder type, int from, List<Condition> violated, List<Condition> called) {
    type.withMethodBody(
        nameOfPart(from),
        ConditionCode.PART,
        ClassFile.ACC_STATIC | ClassFile.ACC_PRIVATE,
        builder -> {
          ConditionCode code = new ConditionCode(builder, called);
          code.begin();
          for (int i = 0; i < violated.size();) {
            i = run(code, violated, i);
          }
          code.end();
        });
  }

  /**
   * Adds checks from {@code from} on that have something in common, such as that an event is injected. If there
   * are enough of them it is asked once, and they are passed over where it is not so.
   *
   * @return where the next begin
   */
  private static int run(ConditionCode code, List<Condition> violated, int from) {
    Set<Condition> common = needs(violated.get(from));
    int end = from + 1;
    for (; end < violated.size(); end++) {
      Set<Condition> both = new LinkedHashSet<>(common);
      both.retainAll(needs(violated.get(end)));
      if (both.isEmpty()) {
        break;
      }
      common = both;
    }
    Label behind = code.label();
    if (end - from >= WORTH_A_QUESTION) {
      Conditions.allOf(common.toArray(Condition[]::new)).jump(code, behind, false);
    }
    for (int i = from; i < end; i++) {
      code.check(violated.get(i), i);
    }
    code.at(behind);
    return end;
  }

  /** Statements without which the condition does not hold, each of as little as possible. */
  private static Set<Condition> needs(Condition condition) {
    Set<Condition> needs = new LinkedHashSet<>();
    for (Condition part : condition instanceof Condition.All all ? all.parts() : List.of(condition)) {
      if (part instanceof Condition.Bits bits) {
        bits.forEachBit(needs::add);
      } else {
        needs.add(part);
      }
    }
    return needs;
  }

  private static String nameOfPart(int from) {
    return "from" + from;
  }

  /** Two parts make a word. */
  private static void whole(ClassBuilder type, ClassDesc self, int checks) {
    type.withMethodBody(
        "check",
        CHECK,
        0,
        code -> {
          for (int from = 0; from < checks; from += Long.SIZE) {
            code.aload(2)
                .loadConstant(from / Long.SIZE)
                .aload(1)
                .invokestatic(self, nameOfPart(from), ConditionCode.PART);
            if (from + PART < checks) {
              code.aload(1)
                  .invokestatic(self, nameOfPart(from + PART), ConditionCode.PART)
                  .loadConstant(PART)
                  .lshl()
                  .lor();
            }
            code.lastore();
          }
          code.return_();
        });
  }
}
