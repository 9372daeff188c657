"""The works that the paragraphs on methods name, to copy into a paper's list of references."""

from collections.abc import Iterable

# How the paragraphs name a work, and the work, in the order of their authors.
WORKS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("Clopper and Pearson's exact limits", "(Clopper & Pearson, 1934)"),
        (
            "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the "
            "case of the binomial. Biometrika, 26, 404–413."
        ),
    ),
    (
        ("(Geirhos, Meding & Wichmann, 2020)",),
        (
            "Geirhos, R., Meding, K., & Wichmann, F. A. (2020). Beyond accuracy: Quantifying trial-by-trial "
            "behaviour of CNNs and humans by measuring error consistency. Advances in Neural Information "
            "Processing Systems, 33, 13890–13902."
        ),
    ),
    (
        ("Holm's (1979) correction",),
        (
            "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
            "Statistics, 6, 65–70."
        ),
    ),
    (
        ("Korn and Graubard's (1998)",),
        (
            "Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected "
            "number of positive counts estimated from survey data. Survey Methodology, 24, 193–201."
        ),
    ),
    (
        ("(Newcombe, 1998)",),
        (
            "Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: "
            "Comparison of eleven methods. Statistics in Medicine, 17, 873–890."
        ),
    ),
    (
        ("(Rouder et al., 2009)",),
        (
            "Rouder, J. N., Speckman, P. L., Sun, D., Morey, R. D., & Iverson, G. (2009). Bayesian t tests for "
            "accepting and rejecting the null hypothesis. Psychonomic Bulletin & Review, 16, 225–237."
        ),
    ),
    (
        ("(Rubin, 1981)",),
        ("Rubin, D. B. (1981). The Bayesian bootstrap. The Annals of Statistics, 9, 130–134."),
    ),
    (
        ("(Schütt, Harmeling, Macke & Wichmann, 2016)",),
        (
            "Schütt, H. H., Harmeling, S., Macke, J. H., & Wichmann, F. A. (2016). Painfree and accurate Bayesian "
            "estimation of psychometric functions for (potentially) overdispersed data. Vision Research, 122, "
            "105–123."
        ),
    ),
)


def references(paragraphs: Iterable[str]) -> tuple[str, ...]:
    """The works that some paragraphs name, by author.

    >>> references(["Intervals come from a Bayesian bootstrap (Rubin, 1981)."])
    ('Rubin, D. B. (1981). The Bayesian bootstrap. The Annals of Statistics, 9, 130–134.',)
    """
    told = "\n".join(paragraphs)
    return tuple(work for names, work in WORKS if any(name in told for name in names))
