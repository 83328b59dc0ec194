package io.vmxdecision.engine.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vmxdecision.engine.recorded.RecordedCase;
import io.vmxdecision.engine.recorded.ScenarioJson;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** However many events a scenario plays, it holds no more. */
class BoundedStateTest {
  private static final int EVENTS = 1_000_000;

  @Test
  void moreEventsNeedNoMoreMemory() throws IllegalAccessException {
    RecordedCase varied =
        Collections.max(
            RecordedCase.all("/vectors/scenario.ndjson.gz"),
            Comparator.comparingInt(one -> Set.copyOf(one.request().findValuesAsString("type")).size()));
    assertThat(Set.copyOf(varied.request().findValuesAsString("type"))).hasSize(9);
    Scenario scenario = ScenarioJson.scenario(varied.request().path("machine"));
    ScenarioStep step = new ScenarioStep();
    List<ScenarioEvent> events = ScenarioJson.events(varied.request().path("events"));
    int played = 0;
    long first = 0;
    for (int round = 0; round < 3; round++) {
      played += playAll(scenario, events, step);
      first = Math.max(first, elementsOf(scenario, step));
    }
    while (played < EVENTS) {
      played += playAll(scenario, events, step);
    }
    assertThat(elementsOf(scenario, step)).isLessThanOrEqualTo(first);
  }

  /** Plays those that can be; how many. */
  private static int playAll(Scenario scenario, List<ScenarioEvent> events, ScenarioStep step) {
    int played = 0;
    for (ScenarioEvent event : events) {
      if (scenario.play(event, step) == null) {
        played++;
      }
    }
    return played;
  }

  /** How many fields, elements of arrays and of collections can be reached. */
  private static long elementsOf(Object... roots) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>(Arrays.asList(roots));
    long count = 0;
    while (!open.isEmpty()) {
      Object one = open.pop();
      if (one instanceof Enum<?> || !seen.add(one)) {
        continue;
      }
      if (one.getClass().isArray()) {
        count += Array.getLength(one);
        if (one instanceof Object[] elements) {
          Arrays.stream(elements).forEach(element -> add(element, open));
        }
      } else if (one instanceof Collection<?> collection) {
        count += collection.size();
        collection.forEach(element -> add(element, open));
      } else if (one instanceof Map<?, ?> map) {
        count += map.size();
        map.values().forEach(element -> add(element, open));
      } else if (one.getClass().getName().startsWith("io.vmxdecision.") && !one.getClass().isHidden()) {
        count += addFields(one, open);
      }
    }
    return count;
  }

  private static int addFields(Object one, Deque<Object> open) throws IllegalAccessException {
    int count = 0;
    for (Class<?> type = one.getClass(); type != null; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) && type != Object.class) {
          count++;
          field.setAccessible(true);
          add(field.getType().isPrimitive() ? null : field.get(one), open);
        }
      }
    }
    return count;
  }

  private static void add(@Nullable Object reached, Deque<Object> open) {
    if (reached != null) {
      open.push(reached);
    }
  }
}
