//! Settings of the RTL back end.

use crate::adder_graph::Effort;

/// Settings of the RTL back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RtlOptions {
    /// How much work goes into small circuits.
    pub effort: Effort,
    /// What circuits are to be good at.
    pub goal: Goal,
}

/// What circuits are to be good at, where lookup tables can be had for time. Registers grow with the number of cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Goal {
    /// As few lookup tables as possible.
    Area,
    /// Few lookup tables and registers: the shorter the cycles, the more lookup tables are spent on short paths.
    #[default]
    Balance,
    /// Short paths, and so few cycles and registers, for some 5 % more lookup tables than `Area`.
    Latency,
}

impl Goal {
    /// Every goal.
    pub const ALL: [Self; 3] = [Self::Area, Self::Balance, Self::Latency];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Balance => "balance",
            Self::Latency => "latency",
        }
    }
}

impl RtlOptions {
    /// With this goal.
    #[must_use]
    pub fn with_goal(mut self, goal: Goal) -> Self {
        self.goal = goal;
        self
    }

    /// With this effort.
    #[must_use]
    pub fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }
}
