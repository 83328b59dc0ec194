package io.vmxdecision.engine.counterfactual;

/**
 * How far a search came.
 *
 * @param candidates how many single changes there were
 * @param tried how many sets were tried
 * @param complete whether no limit ended it
 */
public record Search(int candidates, int tried, boolean complete) {}
