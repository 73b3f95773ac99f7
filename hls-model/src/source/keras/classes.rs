//! The one list of layer classes that can be read, and how each class's configuration becomes typed.

use serde_json::Value as Json;

use super::config::{
    HgqReader, MergeOp, PoolKind, RnnKind, convolution, data_format_of, hgq_layer, margins, of_layer,
    repeats, rnn, typed,
};
use super::model::LayerConfig;

/// How the configuration object of a class becomes a [`LayerConfig`].
#[derive(Clone, Copy)]
pub(in crate::source) enum Reader {
    /// From the object alone.
    Plain(fn(&Json) -> Result<LayerConfig, String>),
    /// From the object alone, a layer of HGQ2.
    Hgq(HgqReader),
    /// A wrapper around one layer.
    TimeDistributed,
    /// A wrapper around one recurrent layer, or two.
    Bidirectional,
    /// A model inside the model.
    Model,
}

/// Every class that can be read, in the order in which messages list them.
pub(in crate::source) const CLASSES: [(&str, Reader); CLASS_COUNT] = {
    use LayerConfig as L;
    use Reader::Plain;
    [
        ("InputLayer", Plain(|v| typed(v).map(L::Input))),
        ("Dense", Plain(|v| typed(v).map(L::Dense))),
        ("QDense", Plain(|v| typed(v).map(L::Dense))),
        ("BinaryDense", Plain(|v| typed(v).map(L::Dense))),
        ("TernaryDense", Plain(|v| typed(v).map(L::Dense))),
        ("QDenseBatchnorm", Plain(|v| Ok(L::DenseBatchNorm(Box::new((typed(v)?, typed(v)?, typed(v)?)))))),
        ("EinsumDense", Plain(|v| typed(v).map(L::EinsumDense))),
        ("Activation", Plain(|v| of_layer(v).map(L::Activation))),
        ("QActivation", Plain(|v| of_layer(v).map(L::Activation))),
        ("ReLU", Plain(|v| typed(v).map(L::Relu))),
        ("LeakyReLU", Plain(|v| typed(v).map(L::LeakyRelu))),
        ("ThresholdedReLU", Plain(|v| typed(v).map(L::ThresholdedRelu))),
        ("ELU", Plain(|v| typed(v).map(L::Elu))),
        ("PReLU", Plain(|v| typed(v).map(L::Prelu))),
        ("Softmax", Plain(|v| typed(v).map(L::Softmax))),
        ("BatchNormalization", Plain(|v| typed(v).map(L::BatchNormalization))),
        ("QBatchNormalization", Plain(|v| typed(v).map(L::BatchNormalization))),
        ("LayerNormalization", Plain(|v| typed(v).map(L::LayerNormalization))),
        ("Add", Plain(|_| Ok(L::Merge(MergeOp::Add)))),
        ("Subtract", Plain(|_| Ok(L::Merge(MergeOp::Subtract)))),
        ("Multiply", Plain(|_| Ok(L::Merge(MergeOp::Multiply)))),
        ("Average", Plain(|_| Ok(L::Merge(MergeOp::Average)))),
        ("Maximum", Plain(|_| Ok(L::Merge(MergeOp::Maximum)))),
        ("Minimum", Plain(|_| Ok(L::Merge(MergeOp::Minimum)))),
        ("Concatenate", Plain(|v| typed(v).map(L::Concatenate))),
        ("Dot", Plain(|v| typed(v).map(L::Dot))),
        ("Flatten", Plain(|v| data_format_of(v).map(L::Flatten))),
        ("Reshape", Plain(|v| typed(v).map(L::Reshape))),
        ("Permute", Plain(|v| typed(v).map(L::Permute))),
        ("RepeatVector", Plain(|v| repeats(v).map(L::RepeatVector))),
        ("Dropout", Plain(|_| Ok(L::InferenceIdentity))),
        ("SpatialDropout1D", Plain(|_| Ok(L::InferenceIdentity))),
        ("SpatialDropout2D", Plain(|_| Ok(L::InferenceIdentity))),
        ("GaussianDropout", Plain(|_| Ok(L::InferenceIdentity))),
        ("AlphaDropout", Plain(|_| Ok(L::InferenceIdentity))),
        ("GaussianNoise", Plain(|_| Ok(L::InferenceIdentity))),
        ("ActivityRegularization", Plain(|_| Ok(L::InferenceIdentity))),
        ("Conv1D", Plain(|v| convolution(v).map(L::Conv1D))),
        ("QConv1D", Plain(|v| convolution(v).map(L::Conv1D))),
        ("Conv2D", Plain(|v| convolution(v).map(L::Conv2D))),
        ("QConv2D", Plain(|v| convolution(v).map(L::Conv2D))),
        (
            "QConv2DBatchnorm",
            Plain(|v| Ok(L::Conv2DBatchNorm(Box::new((convolution(v)?, typed(v)?, typed(v)?))))),
        ),
        ("Conv1DTranspose", Plain(|v| convolution(v).map(L::Conv1DTranspose))),
        ("Conv2DTranspose", Plain(|v| convolution(v).map(L::Conv2DTranspose))),
        ("QConv2DTranspose", Plain(|v| convolution(v).map(L::Conv2DTranspose))),
        ("DepthwiseConv1D", Plain(|v| convolution(v).map(L::DepthwiseConv1D))),
        ("DepthwiseConv2D", Plain(|v| convolution(v).map(L::DepthwiseConv2D))),
        ("QDepthwiseConv2D", Plain(|v| convolution(v).map(L::DepthwiseConv2D))),
        ("SeparableConv1D", Plain(|v| convolution(v).map(L::SeparableConv1D))),
        ("QSeparableConv1D", Plain(|v| convolution(v).map(L::SeparableConv1D))),
        ("SeparableConv2D", Plain(|v| convolution(v).map(L::SeparableConv2D))),
        ("QSeparableConv2D", Plain(|v| convolution(v).map(L::SeparableConv2D))),
        ("MaxPooling1D", Plain(|v| Ok(L::Pooling1D(PoolKind::Max, typed(v)?)))),
        ("MaxPooling2D", Plain(|v| Ok(L::Pooling2D(PoolKind::Max, typed(v)?)))),
        ("AveragePooling1D", Plain(|v| Ok(L::Pooling1D(PoolKind::Average, typed(v)?)))),
        ("AveragePooling2D", Plain(|v| Ok(L::Pooling2D(PoolKind::Average, typed(v)?)))),
        ("GlobalMaxPooling1D", Plain(|v| Ok(L::GlobalPooling1D(PoolKind::Max, typed(v)?)))),
        ("GlobalMaxPooling2D", Plain(|v| Ok(L::GlobalPooling2D(PoolKind::Max, typed(v)?)))),
        ("GlobalAveragePooling1D", Plain(|v| Ok(L::GlobalPooling1D(PoolKind::Average, typed(v)?)))),
        ("GlobalAveragePooling2D", Plain(|v| Ok(L::GlobalPooling2D(PoolKind::Average, typed(v)?)))),
        ("ZeroPadding1D", Plain(|v| margins(v, "padding").map(L::ZeroPadding1D))),
        ("ZeroPadding2D", Plain(|v| margins(v, "padding").map(L::ZeroPadding2D))),
        ("Cropping1D", Plain(|v| margins(v, "cropping").map(L::Cropping1D))),
        ("Cropping2D", Plain(|v| margins(v, "cropping").map(L::Cropping2D))),
        ("UpSampling1D", Plain(|v| typed(v).map(L::UpSampling1D))),
        ("UpSampling2D", Plain(|v| typed(v).map(L::UpSampling2D))),
        ("Embedding", Plain(|v| typed(v).map(L::Embedding))),
        ("SimpleRNN", Plain(|v| rnn(v, RnnKind::Simple).map(L::Rnn))),
        ("QSimpleRNN", Plain(|v| rnn(v, RnnKind::Simple).map(L::Rnn))),
        ("LSTM", Plain(|v| rnn(v, RnnKind::Lstm).map(L::Rnn))),
        ("QLSTM", Plain(|v| rnn(v, RnnKind::Lstm).map(L::Rnn))),
        ("GRU", Plain(|v| rnn(v, RnnKind::Gru).map(L::Rnn))),
        ("QGRU", Plain(|v| rnn(v, RnnKind::Gru).map(L::Rnn))),
        ("TimeDistributed", Reader::TimeDistributed),
        ("Bidirectional", Reader::Bidirectional),
        ("QBidirectional", Reader::Bidirectional),
        ("Functional", Reader::Model),
        ("Sequential", Reader::Model),
        ("Model", Reader::Model),
    ]
};

const CLASS_COUNT: usize = 79;

/// The class names alone.
pub const SUPPORTED_CLASSES: [&str; CLASS_COUNT] = {
    let mut names = [""; CLASS_COUNT];
    let mut i = 0;
    while i < CLASS_COUNT {
        names[i] = CLASSES[i].0;
        i += 1;
    }
    names
};

/// Names that Keras 2 also takes for its classes when it reads a file; older versions wrote some of them.
///
/// Source: Keras 2.14, `keras/layers/serialization.py`.
const ALIASES: [(&str, &str); 22] = [
    ("AvgPool1D", "AveragePooling1D"),
    ("AvgPool2D", "AveragePooling2D"),
    ("BatchNormalizationV1", "BatchNormalization"),
    ("BatchNormalizationV2", "BatchNormalization"),
    ("Convolution1D", "Conv1D"),
    ("Convolution1DTranspose", "Conv1DTranspose"),
    ("Convolution2D", "Conv2D"),
    ("Convolution2DTranspose", "Conv2DTranspose"),
    ("Convolution3D", "Conv3D"),
    ("GRUV1", "GRU"),
    ("GRUV2", "GRU"),
    ("GlobalAvgPool1D", "GlobalAveragePooling1D"),
    ("GlobalAvgPool2D", "GlobalAveragePooling2D"),
    ("GlobalMaxPool1D", "GlobalMaxPooling1D"),
    ("GlobalMaxPool2D", "GlobalMaxPooling2D"),
    ("LSTMV1", "LSTM"),
    ("LSTMV2", "LSTM"),
    ("MaxPool1D", "MaxPooling1D"),
    ("MaxPool2D", "MaxPooling2D"),
    ("MaxPool3D", "MaxPooling3D"),
    ("SeparableConvolution1D", "SeparableConv1D"),
    ("SeparableConvolution2D", "SeparableConv2D"),
];

/// The name that the class has once Keras has read it.
pub(in crate::source) fn canonical_class(class_name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == class_name).map_or(class_name, |(_, class)| class)
}

/// What the names of HGQ2's classes begin with in files, most of them with the first. Some go on like those of QKeras and are something else.
const HGQ: [&str; 2] = ["hgq>", "hgq2>"];

/// The name of a class of HGQ2 without its package; `None` for another class.
pub(in crate::source) fn hgq_class(class_name: &str) -> Option<&str> {
    HGQ.iter().find_map(|package| class_name.strip_prefix(package))
}

/// Finds the reader of a class; a registered class may carry its package (`Custom>QDense`).
pub(in crate::source) fn reader_of(class_name: &str) -> Option<Reader> {
    if let Some(class) = hgq_class(class_name) {
        return hgq_layer(class).map(Reader::Hgq);
    }
    static TABLE: [(&str, Reader); CLASS_COUNT] = CLASSES;
    let find = |name: &str| TABLE.iter().find(|(class, _)| *class == name).map(|(_, reader)| *reader);
    find(class_name).or_else(|| find(class_name.rsplit('>').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_lead_to_classes_and_hide_none() {
        for (alias, class) in ALIASES {
            assert_eq!(canonical_class(alias), class);
            assert_eq!(canonical_class(class), class, "an alias of an alias");
            assert!(reader_of(alias).is_none(), "{alias} is a class of its own");
        }
        let unsupported: Vec<_> = ALIASES.iter().filter(|(_, class)| reader_of(class).is_none()).collect();
        assert!(unsupported.iter().all(|(_, class)| class.contains("3D")));
    }
}
