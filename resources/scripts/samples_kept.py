def to_inputs(samples, file):
    """What the network sees. A table's columns were brought to mean 0 and deviation 1 for its training, and
    any other numbers have to be brought to that same scale; a column that was constant is always 0."""
    if 'input_mean' not in file:
        return samples
    mean, deviation = file['input_mean'], file['input_deviation']
    scaled = (samples.astype(np.float64) - mean) / np.where(deviation > 0, deviation, 1)
    return np.where(deviation > 0, scaled, 0).astype(np.float32)


def test_samples(file):
    """Inputs and labels, or amounts, one row for each sample: those that Chainrule tested on, and never
    trained on. They are no files that this script could read, so they are kept beside the weights."""
    labels = file['Y_test']
    return to_inputs(file['X_test'], file), labels if labels.dtype.kind == 'f' else labels.astype(np.int64)

