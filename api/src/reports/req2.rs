//! The page of req2: all departments with the mean, then those above it.

use askama::Template;
use dictionary::Value;
use plotly::layout::{Annotation, Shape, ShapeLayer, ShapeLine, ShapeType};

use super::Report;
use super::chart::{self, Bar, Figure, MOST};
use super::kpi::count;
use crate::pages::{self, Frame};

#[derive(Template)]
#[template(path = "req2.html")]
struct Page<'a> {
    frame: Frame,
    report: &'a Report,
    mean: String,
    hired: u64,
    chart: Figure,
}

impl Page<'_> {
    fn departments(&self) -> u64 {
        (self.report.rows.len() + self.report.others.len()) as u64
    }
}

/// A number with one digit after the point, a half rounded up: `5,176.4`.
fn tenths(number: f64) -> String {
    let tenths = (number * 10.0).round() as u64;
    format!("{}.{}", pages::grouped(tenths / 10), tenths % 10)
}

pub fn page(report: &Report, frame: Frame) -> askama::Result<String> {
    let all = || report.rows.iter().chain(&report.others);
    let hired: u64 = all().map(|row| count(&row[2])).sum();
    let mean = hired as f64 / all().count().max(1) as f64;
    let mean_text = tenths(mean);
    let above = report.rows.len();
    let bar = |(place, row): (usize, &Vec<Value>)| {
        let hired = count(&row[2]);
        let parts = if place < above { vec![hired, 0] } else { vec![0, hired] };
        Bar { label: row[1].text().into_owned(), parts }
    };
    let bars: Vec<Bar> = all().enumerate().map(bar).collect();
    let hired_in = format!("hired in {}", report.year);
    let parts = [("above the mean", hired_in.clone()), ("not above it", hired_in)];
    let line = Shape::new()
        .shape_type(ShapeType::Line)
        .layer(ShapeLayer::Above)
        .x0(mean)
        .x1(mean)
        .y_ref("paper")
        .y0(0.0)
        .y1(1.0)
        .line(ShapeLine::new().width(1.5).dash(plotly::common::DashType::Dash));
    let label = Annotation::new()
        .text(format!(" mean {mean_text}"))
        .x(mean)
        .y_ref("paper")
        .y(0.0)
        .y_anchor(plotly::common::Anchor::Bottom)
        .x_anchor(plotly::common::Anchor::Left)
        .show_arrow(false);
    let chart =
        chart::bars(&bars, &parts).layout(|layout| layout.shapes(vec![line]).annotations(vec![label]));
    Page { frame, report, mean: mean_text, hired, chart }.render()
}
