package io.vmxdecision.engine.counterfactual;

/**
 * What ends a search.
 *
 * @param candidates how many single changes are looked at, 1 or more
 * @param tries how many sets are tried, 1 or more
 * @param sets how many sets are found, 1 or more
 */
public record Limits(int candidates, int tries, int sets) {}
