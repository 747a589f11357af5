def test_samples(file):
    """Inputs and labels, one row for each sample: those that Chainrule tested on, and never trained on. They
    are no files that this script could read, so they are kept beside the weights."""
    return file['X_test'], file['Y_test'].astype(np.int64)

