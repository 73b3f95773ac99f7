//! Drawing layers over images: convolutions, poolings, margins.

use hls_model::graph::op::*;
use hls_model::graph::{KernelLayout, Op, WeightEncoding, WeightQuantizer, WeightRole, WeightSpec};
use hls_model::target::IoType;

use super::{ADDERS, Sketch};

/// Layers over images in front of the others, in half of the models.
const IMAGE_LAYERS: usize = 4;

impl Sketch<'_> {
    /// An image or a sequence of pixels, some layers over it, and all its elements as a vector.
    pub fn image(&mut self) {
        let rank = self.random.usize(1..=2);
        let shape = (0..rank).map(|_| self.random.usize(3..=5)).chain([1]).collect::<Vec<_>>();
        let channels = self.random.usize(1..=2);
        self.input(shape[..rank].iter().copied().chain([channels]).collect());
        for _ in 0..IMAGE_LAYERS {
            self.image_layer();
        }
        let last = self.layers.last().expect("a layer");
        let (name, shape) = (last.name.clone(), last.shape.clone());
        let elements = shape.iter().product();
        let op = Op::Reshape(Reshape { target_shape: vec![elements] });
        self.add("Reshape", op, vec![name], vec![elements], Vec::new());
    }

    fn image_layer(&mut self) {
        let last = self.layers.last().expect("a layer");
        let (input, shape) = (last.name.clone(), last.shape.clone());
        match self.random.u32(..9) {
            0..=3 => self.convolution(input, &shape),
            4 => self.pooling(input, &shape),
            5 => {
                let n_in: usize = shape.iter().product();
                let op =
                    Activation { function: Function::Relu, label: "relu".into(), n_in, table_size: 1024 };
                self.add("Activation", Op::Activation(op), vec![input], shape, Vec::new());
                let precision = self.precision(3..=12);
                self.set("result", precision);
            }
            6 => self.margins(input, &shape),
            7 if shape.len() == 3 => {
                let perm = self.pick(&[[1, 0, 2], [0, 2, 1], [2, 0, 1], [2, 1, 0]]).to_vec();
                let op = Transpose { from: shape, perm };
                let to = op.to();
                self.add("Permute", Op::Transpose(op), vec![input], to, Vec::new());
            }
            _ => {
                let (height, width, n_chan) = extents(&shape);
                let (rows, columns) = (if shape.len() == 3 { 2 } else { 1 }, 2);
                let op = Resize {
                    in_height: height.unwrap_or(1),
                    in_width: width,
                    out_height: height.unwrap_or(1) * rows,
                    out_width: width * columns,
                    n_chan,
                };
                let to = height.map(|h| h * rows).into_iter().chain([width * columns, n_chan]).collect();
                self.add("UpSampling", Op::Resize(op), vec![input], to, Vec::new());
            }
        }
    }

    /// A window that slides along an axis, with the padding of `same` or none.
    fn window(&mut self, input: usize, largest: usize) -> WindowAxis {
        let filter = self.random.usize(1..=largest.min(input));
        let stride = self.random.usize(1..=2);
        let dilation = 1;
        let axis = WindowAxis { input, output: 0, filter, stride, dilation, pad_before: 0, pad_after: 0 };
        if self.random.bool() {
            return WindowAxis { output: (input - filter) / stride + 1, ..axis };
        }
        let output = input.div_ceil(stride);
        let padding = ((output - 1) * stride + filter).saturating_sub(input);
        WindowAxis { output, pad_before: padding / 2, pad_after: padding - padding / 2, ..axis }
    }

    fn convolution(&mut self, input: String, shape: &[usize]) {
        let (height, width, n_chan) = extents(shape);
        let depthwise = self.random.u32(..4) == 0;
        let n_filt = if depthwise { n_chan * self.random.usize(1..=2) } else { self.random.usize(1..=3) };
        let height = height.map(|extent| self.window(extent, 3));
        let width = self.window(width, 3);
        let conv = Conv {
            flavour: if depthwise { ConvFlavour::Depthwise } else { ConvFlavour::Full },
            height,
            width,
            n_chan,
            n_filt,
            strategy: Default::default(),
            parallelization_factor: 1,
            n_partitions: conv_pixels(&height, &width),
            transposed: false,
            input_quantizer: None,
        };
        let filters = if depthwise { n_filt / n_chan } else { n_filt };
        let layout = match self.random.u32(..4) {
            0 if !depthwise && n_filt == n_chan => KernelLayout::Grouped { groups: n_chan },
            1 if !depthwise => KernelLayout::Transposed,
            _ => KernelLayout::Same,
        };
        let ends = match layout {
            KernelLayout::Same => [n_chan, filters],
            KernelLayout::Grouped { .. } => [1, filters],
            KernelLayout::Transposed => [filters, n_chan],
        };
        let kernel: Vec<usize> = conv.axes().map(|axis| axis.filter).chain(ends).collect();
        let kernel = laid_out(self.weight(WeightRole::Weight, &kernel), layout);
        let bias = self.weight(WeightRole::Bias, &[n_filt]);
        let (to, taps) = (conv.output_shape(), conv.kernel_size() * n_chan * filters);
        self.add("Conv", Op::Conv(conv), vec![input], to, vec![kernel, bias]);
        for variable in ["weight", "bias"] {
            let precision = self.precision(2..=10);
            self.set(variable, precision);
        }
        self.maybe("accum", 4..=20);
        self.maybe("result", 2..=14);
        if self.random.bool() {
            let strategy = self.pick(&["Resource", "Latency", ADDERS]);
            self.configure("Strategy", strategy);
            let factor = if strategy == ADDERS { 1 } else { self.random.usize(1..=taps) };
            self.configure("ReuseFactor", factor);
        }
    }

    fn pooling(&mut self, input: String, shape: &[usize]) {
        let (height, width, n_filt) = extents(shape);
        let op = self.pick(&[PoolOp::Max, PoolOp::Average]);
        let mut pool = |extent: usize| {
            let window = self.window(extent, 3);
            match self.io_type {
                IoType::Parallel => window,
                // A stream has no pixels beyond the edge.
                IoType::Stream => WindowAxis {
                    output: (extent - window.filter) / window.stride + 1,
                    pad_before: 0,
                    pad_after: 0,
                    ..window
                },
            }
        };
        let (height, width) = (height.map(&mut pool), pool(width));
        let pooling = Pooling { op, height, width, n_filt };
        let to = pooling.axes().map(|axis| axis.output).chain([n_filt]).collect();
        self.add("Pooling", Op::Pooling(pooling), vec![input], to, Vec::new());
        self.maybe("accum", 6..=16);
    }

    fn margins(&mut self, input: String, shape: &[usize]) {
        let (height, width, n_chan) = extents(shape);
        let pads = self.random.bool();
        let mut axis = |extent: usize| {
            let most = if pads { 2 } else { (extent - 1) / 2 };
            let (before, after) = (self.random.usize(0..=most), self.random.usize(0..=most));
            let output = if pads { extent + before + after } else { extent - before - after };
            MarginAxis { input: extent, output, before, after }
        };
        let (mut height, mut width) = (height.map(&mut axis), axis(width));
        let mut spacing = Spacing::NONE;
        if pads && shape.iter().all(|&extent| extent <= 5) && self.random.bool() {
            let spread =
                |axis: &mut MarginAxis, distance: usize| axis.output += (axis.input - 1) * (distance - 1);
            spacing.width = self.random.usize(1..=2);
            spread(&mut width, spacing.width);
            if let Some(height) = &mut height {
                spacing.height = self.random.usize(1..=2);
                spread(height, spacing.height);
            }
        }
        let to = height.iter().chain([&width]).map(|axis| axis.output).chain([n_chan]).collect();
        let op = match pads {
            true => Op::ZeroPadding(ZeroPadding { height, width, n_chan, spacing }),
            false => Op::Cropping(Cropping { height, width, n_chan }),
        };
        self.add("Margins", op, vec![input], to, Vec::new());
    }
}

/// A kernel drawn as a file stores it, as it is multiplied with. What has no zero does not go between the groups.
fn laid_out(kernel: WeightSpec, layout: KernelLayout) -> WeightSpec {
    let quantizer = kernel.quantizer.filter(|quantizer| {
        let has_zero = !matches!(quantizer.encoding, WeightEncoding::ZeroOne | WeightEncoding::PowerOfTwo);
        has_zero || !matches!(layout, KernelLayout::Grouped { .. })
    });
    let quantizer = quantizer.map(|quantizer| WeightQuantizer { layout, ..quantizer });
    WeightSpec { values: kernel.values.map(|values| layout.spread(&values)), quantizer, ..kernel }
}

/// Height, where there is one, width and channels.
fn extents(shape: &[usize]) -> (Option<usize>, usize, usize) {
    match *shape {
        [height, width, channels] => (Some(height), width, channels),
        [width, channels] => (None, width, channels),
        _ => unreachable!("images have one or two axes of pixels"),
    }
}

/// Pixels of a convolution's output: one after the other, as without a parallelization factor.
fn conv_pixels(height: &Option<WindowAxis>, width: &WindowAxis) -> usize {
    height.map_or(1, |axis| axis.output) * width.output
}
