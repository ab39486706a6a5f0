//! The rules of running on GitHub and before it, one test or more each, on real repositories.

#![cfg(test)]

mod rules_github {
    mod support;

    mod action;
    mod base;
    mod changed_lines;
    mod clone;
    mod commands;
    mod compare;
    mod context;
    mod doctor;
    mod figures;
    mod git;
    mod local;
    mod policy;
    mod push;
}
