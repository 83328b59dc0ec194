package io.vmxdecision.engine.entry;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/**
 * The code of {@link Condition}s in the making: what a condition needs of byte code. Its operands are values of
 * which everything is known, 64 bits on the stack each, but for a {@link Truth}, which is an int.
 */
final class ConditionCode {
  /** What one part of the compiled checks is: {@code long part(EntryFacts)}, a bit per check. */
  static final MethodTypeDesc PART = MethodTypeDesc.of(ConstantDescs.CD_long, describe(EntryFacts.class));

  private static final ClassDesc FACTS = describe(EntryFacts.class);
  private static final ClassDesc CONDITION = describe(Condition.class);
  private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();
  private static final ClassDesc INTS = ConstantDescs.CD_int.arrayType();

  // Local variables.
  private static final int THE_FACTS = 0;
  private static final int THE_WORDS = 1;
  private static final int THE_CAPABILITIES = 2;
  private static final int THE_CIRCUMSTANCES = 3;
  private static final int ABOVE_WIDTH = 4;
  private static final int THE_REFUSED = 6;
  private static final int VIOLATED = 7;

  private final CodeBuilder code;
  private final List<Condition> called;

  /** @param called where the conditions are added that the code calls, at their index */
  ConditionCode(CodeBuilder code, List<Condition> called) {
    this.code = code;
    this.called = called;
  }

  static ClassDesc describe(Class<?> type) {
    return ClassDesc.ofDescriptor(type.descriptorString());
  }

  /** Begins a part. */
  void begin() {
    load("words", LONGS).astore(THE_WORDS);
    load("capabilities", LONGS).astore(THE_CAPABILITIES);
    load("circumstances", INTS).astore(THE_CIRCUMSTANCES);
    load("refused", LONGS).astore(THE_REFUSED);
    load("aboveAddressWidth", ConstantDescs.CD_long).lstore(ABOVE_WIDTH);
    code.lconst_0().lstore(VIOLATED);
  }

  private CodeBuilder load(String method, ClassDesc type) {
    return code.aload(THE_FACTS).invokevirtual(FACTS, method, MethodTypeDesc.of(type));
  }

  /** Sets the bit of a check if it is violated. */
  void check(Condition violated, int bit) {
    Label holds = label();
    violated.jump(this, holds, false);
    code.lload(VIOLATED).loadConstant(1L << bit).lor().lstore(VIOLATED);
    at(holds);
  }

  /** Ends a part. */
  void end() {
    code.lload(VIOLATED).lreturn();
  }

  Label label() {
    return code.newLabel();
  }

  void at(Label label) {
    code.labelBinding(label);
  }

  /** The field's value, zero-extended. */
  ConditionCode push(VmcsField field) {
    return push(new Condition.Part(field, 0, -1L));
  }

  ConditionCode push(Condition.Part part) {
    VmcsField field = part.field();
    pushWord(field);
    int shift = field.shift() + Math.max(part.shift(), 0);
    if (shift != 0) {
      code.loadConstant(shift).lushr();
    }
    long mask = part.mask() & (field.mask() >>> Math.max(part.shift(), 0));
    if (part.shift() < 0) {
      code.loadConstant(-part.shift()).lshl();
      mask = part.mask() & (field.mask() << -part.shift());
    }
    return mask == -1L >>> shift ? this : push(mask).and();
  }

  private void pushWord(VmcsField field) {
    code.aload(THE_WORDS).loadConstant(field.word()).laload();
  }

  ConditionCode push(Capability capability) {
    code.aload(THE_CAPABILITIES).loadConstant(VmEntry.index(capability)).laload();
    return this;
  }

  /** Its {@link Truth}. */
  ConditionCode push(Circumstance circumstance) {
    code.aload(THE_CIRCUMSTANCES).loadConstant(VmEntry.index(circumstance)).iaload();
    return this;
  }

  ConditionCode push(long word) {
    code.loadConstant(word);
    return this;
  }

  /** Two ints. */
  ConditionCode push(int one, int other) {
    code.loadConstant(one).loadConstant(other);
    return this;
  }

  /** What the profile's L0 refuses of a control word. */
  ConditionCode pushRefused(VmcsField controls) {
    code.aload(THE_REFUSED).loadConstant(EntryFacts.indexOfControls(controls)).laload();
    return this;
  }

  /** The bits that no physical address has. */
  ConditionCode pushAboveWidth() {
    code.lload(ABOVE_WIDTH);
    return this;
  }

  ConditionCode and() {
    code.land();
    return this;
  }

  ConditionCode or() {
    code.lor();
    return this;
  }

  ConditionCode andNot() {
    code.loadConstant(-1L).lxor().land();
    return this;
  }

  /** Calls the condition, for its {@link Truth}. */
  ConditionCode call(Condition condition) {
    code.loadConstant(
        DynamicConstantDesc.ofNamed(
            ConstantDescs.BSM_CLASS_DATA_AT, ConstantDescs.DEFAULT_NAME, CONDITION, called.size()))
        .aload(THE_FACTS)
        .invokeinterface(CONDITION, "in", MethodTypeDesc.of(ConstantDescs.CD_int, FACTS));
    called.add(condition);
    return this;
  }

  void ifYes(Label target, boolean when) {
    code.loadConstant(Truth.YES);
    if (when) {
      code.if_icmpeq(target);
    } else {
      code.if_icmpne(target);
    }
  }

  /** The bits {@code mask} of the field are, or are not, {@code value}. */
  void ifEqual(VmcsField field, long mask, long value, Label target, boolean when) {
    pushWord(field);
    long inWord = (mask & field.mask()) << field.shift();
    if (inWord != -1L) {
      push(inWord).and();
    }
    push(value << field.shift());
    code.lcmp();
    ifZeroInt(target, when);
  }

  void ifZero(Label target, boolean when) {
    code.lconst_0().lcmp();
    ifZeroInt(target, when);
  }

  void ifDiffer(Label target, boolean when) {
    code.lcmp();
    ifZeroInt(target, !when);
  }

  void ifLess(Label target, boolean when) {
    code.lcmp();
    if (when) {
      code.iflt(target);
    } else {
      code.ifge(target);
    }
  }

  /** A static method that takes what is on the stack. */
  void ifTrue(Class<?> owner, String method, String descriptor, Label target, boolean when) {
    code.invokestatic(describe(owner), method, MethodTypeDesc.ofDescriptor(descriptor));
    ifZeroInt(target, !when);
  }

  private void ifZeroInt(Label target, boolean when) {
    if (when) {
      code.ifeq(target);
    } else {
      code.ifne(target);
    }
  }
}
