//! Matrices of numbers: a sample of everyday Rust.
use std::collections::HashMap;
use std::fmt::{self, Display};
use std::ops::{Add, Index};

#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    cols: usize,
    data: Vec<T>,
}

/// What can go wrong.
#[derive(Debug)]
pub enum ShapeError {
    Empty,
    Mismatch { left: (usize, usize), right: (usize, usize) },
    Other(String),
}

pub trait Norm {
    const NAME: &'static str;
    fn norm(&self) -> f64;
    fn is_zero(&self) -> bool {
        self.norm() < 1e-9
    }
}

impl<T: Copy + Add<Output = T>> Matrix<T> {
    pub fn new(rows: usize, cols: usize, fill: T) -> Self {
        Matrix { rows, cols, data: vec![fill; rows * cols] }
    }

    pub fn add(&self, other: &Self) -> Result<Self, ShapeError> {
        if self.rows != other.rows || self.cols != other.cols {
            return Err(ShapeError::Mismatch {
                left: (self.rows, self.cols),
                right: (other.rows, other.cols),
            });
        }
        let data = self.data.iter().zip(&other.data).map(|(a, b)| *a + *b).collect();
        Ok(Matrix { rows: self.rows, cols: self.cols, data })
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;
    fn index(&self, (row, col): (usize, usize)) -> &T {
        &self.data[row * self.cols + col]
    }
}

impl Norm for Matrix<f64> {
    const NAME: &'static str = "frobenius";
    fn norm(&self) -> f64 {
        let mut sum = 0.0;
        for value in &self.data {
            sum += value * value;
        }
        sum.sqrt()
    }
}

impl<'a> Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShapeError::Empty => write!(f, "empty"),
            ShapeError::Mismatch { left, .. } if left.0 == 0 => write!(f, "no rows"),
            ShapeError::Mismatch { left, right } => write!(f, "{:?} vs {:?}", left, right),
            ShapeError::Other(text) => f.write_str(text),
        }
    }
}

fn count<'a>(words: &[&'a str]) -> HashMap<&'a str, u32> {
    let mut counts = HashMap::new();
    let mut i = 0;
    while i < words.len() {
        *counts.entry(words[i]).or_insert(0) += 1;
        i += 1;
    }
    loop {
        if let Some(&n) = counts.get("x") {
            let _ = n as f64 / 2.0;
        }
        break counts;
    }
}
