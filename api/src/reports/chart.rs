//! The charts of the reports: horizontal bars, drawn by plotly.js. Colours are in the styles, so that they
//! follow light, dark and print.

use plotly::common::{Anchor, Font, HoverInfo, Mode, Orientation, Position, Title};
use plotly::configuration::DisplayModeBar;
use plotly::layout::{Axis, BarMode, DragMode, HoverMode, ItemClick, Legend, Margin, TraceOrder};
use plotly::{Configuration, Layout, Scatter, Traces};
use serde::Serialize;

use crate::pages::grouped;

/// Bars of a chart at the most; the table has all.
pub const MOST: usize = 25;

/// Characters of a label at the most, and of the text at the pointer.
const LABEL: usize = 28;
const HOVER: usize = 80;

/// A chart, as plotly.js takes it.
#[derive(Serialize)]
pub struct Figure {
    data: Traces,
    layout: Layout,
    config: Configuration,
}

/// The label of a bar, and the lengths of its parts.
pub struct Bar {
    pub label: String,
    pub parts: Vec<u64>,
}

/// A chart of bars from top to bottom. Each part of them has a name, and what it is at the pointer.
pub fn bars(bars: &[Bar], parts: &[(&str, String)]) -> Figure {
    let bars = &bars[..bars.len().min(MOST)];
    // Places are numbers, not names: two things may share a name, and a name may look like a date.
    let places: Vec<f64> = (0..bars.len()).map(|place| place as f64).collect();
    let hover: Vec<String> = bars.iter().map(|bar| text(&bar.label, HOVER)).collect();
    let mut data = Traces::new();
    for (i, (name, what)) in parts.iter().enumerate() {
        let lengths = bars.iter().map(|bar| bar.parts[i]).collect();
        data.push(
            plotly::Bar::new(lengths, places.clone())
                .orientation(Orientation::Horizontal)
                .name(name)
                .hover_text_array(hover.clone())
                .hover_template(format!("%{{hovertext}}<br>{what}: <b>%{{x:,d}}</b><extra></extra>")),
        );
    }
    let totals: Vec<u64> = bars.iter().map(|bar| bar.parts.iter().sum()).collect();
    data.push(
        Scatter::new(totals.clone(), places.clone())
            .mode(Mode::Text)
            .text_array(totals.iter().map(|total| format!(" {}", grouped(total))).collect())
            .text_position(Position::MiddleRight)
            .clip_on_axis(false)
            .hover_info(HoverInfo::Skip)
            .show_legend(false),
    );
    let labels = bars.iter().map(|bar| text(&bar.label, LABEL)).collect();
    let layout = Layout::new()
        .bar_mode(BarMode::Stack)
        .drag_mode(DragMode::False)
        .hover_mode(HoverMode::Closest)
        .paper_background_color("rgba(0,0,0,0)")
        .plot_background_color("rgba(0,0,0,0)")
        .margin(Margin::new().left(8).right(48).top(36).bottom(40))
        .legend(
            Legend::new()
                .orientation(Orientation::Horizontal)
                .x(0.0)
                .y(1.0)
                .y_anchor(Anchor::Bottom)
                .trace_order(TraceOrder::Normal)
                .item_click(ItemClick::False)
                .item_double_click(ItemClick::False),
        )
        .x_axis(
            Axis::new()
                .fixed_range(true)
                .zero_line(false)
                .title(Title::with_text("people hired").font(Font::new().size(13))),
        )
        .y_axis(
            Axis::new()
                .fixed_range(true)
                .auto_margin(true)
                .show_grid(false)
                .zero_line(false)
                .range(vec![bars.len() as f64 - 0.5, -0.5])
                .tick_values(places)
                .tick_text(labels),
        );
    let config = Configuration::new().responsive(true).display_mode_bar(DisplayModeBar::False);
    Figure { data, layout, config }
}

/// A name as plotly.js shows it: it takes some tags and entities for markup.
fn text(name: &str, most: usize) -> String {
    let mut short: String = name.chars().take(most).collect();
    if short.len() < name.len() {
        short.pop();
        short.push('…');
    }
    short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Figure {
    /// Changes the layout.
    pub fn layout(mut self, change: impl FnOnce(Layout) -> Layout) -> Figure {
        self.layout = change(self.layout);
        self
    }
}
