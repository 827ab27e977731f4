"""Functions of integers, truths and halves, as programs write them: PyTorch's values and dtypes, or an error where PyTorch has one."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")

CALLS = """
F.threshold(x,0,.5) ;; F.threshold(x,.5,7.9) ;; F.threshold(x,-1.5,-2.7) ;; F.hardtanh(x,-1.5,1.5) ;; F.hardtanh(x) ;; F.relu6(x) ;; F.relu(x) ;;
F.leaky_relu(x,.1) ;; F.elu(x) ;; F.celu(x) ;; F.selu(x) ;; F.softplus(x) ;; F.softshrink(x) ;; F.hardshrink(x) ;; F.hardshrink(x,.5) ;; F.silu(x) ;;
F.mish(x) ;; F.gelu(x) ;; F.hardswish(x) ;; F.hardsigmoid(x) ;; F.logsigmoid(x) ;; F.softsign(x) ;; F.tanhshrink(x) ;; F.tanh(x) ;; F.sigmoid(x) ;;
F.softmax(x,0) ;; F.log_softmax(x,0) ;; F.softmin(x,0) ;; F.rrelu(x) ;; F.prelu(x,t.tensor([.5])) ;; F.glu(t.stack([x,x]).reshape(-1),0) ;;
F.dropout(x,.5,False) ;; F.dropout(x,.5) ;; F.normalize(x,dim=0) ;; F.pad(x,(1,1)) ;; F.pad(x,(1,1),value=2.7) ;;
F.pad(x.reshape(1,1,-1),(1,1),mode="reflect") ;; F.one_hot(x.abs()) ;; x.clamp(-.5,1.5) ;; x.clamp(0,2) ;; x.clamp(min=.5) ;; x.masked_fill(x>0,2) ;;
x.masked_fill(x>0,2.7) ;; t.full_like(x,2.7) ;; x.clone().fill_(2.7) ;; x.clone().mul_(2.5) ;; x.clone().add_(1.5) ;; x.add(1,alpha=2) ;;
x.add(1,alpha=1.5) ;; x.sub(1.5) ;; x/2 ;; x//2 ;; x//2. ;; x%2 ;; x%1.5 ;; x**2 ;; x**-1 ;; x**.5 ;; 2**x ;; 2.5**x ;; x.pow(-2) ;;
t.lerp(x,x,.5) ;; t.addcmul(x,x,x,value=.5) ;; t.addcmul(x,x,x,value=2) ;; t.addcdiv(x,x,x+9) ;; x.mean() ;; x.mean(0,dtype=t.float32) ;; x.sum() ;;
x.sum(dtype=t.float32) ;; x.std() ;; x.var() ;; x.median() ;; x.norm() ;; x.prod() ;; x.cumsum(0) ;; x.cumprod(0) ;; x.logsumexp(0) ;; x.exp() ;;
x.sqrt() ;; x.abs() ;; x.neg() ;; x.sign() ;; x.square() ;; x.reciprocal() ;; x.rsqrt() ;; x.round() ;; x.floor() ;; x.ceil() ;; x.trunc() ;;
x.frac() ;; x.sin() ;; x.atan2(x) ;; x.hypot(x) ;; x.logical_not() ;; ~x ;; x&3 ;; x|3 ;; x^3 ;; x<<1 ;; x>>1 ;; x.bool() ;; x.float() ;;
t.maximum(x,x.float()) ;; t.max(x) ;; x.argmax() ;; x.sort().values ;; x.topk(2).values ;; x.unique() ;; t.where(x>0,x,0.5) ;; t.where(x>0,x,2) ;;
t.where(x>0,1,2) ;; t.where(x>0,1.,2) ;; t.cat([x,x.float()]) ;; t.stack([x,x.double()]) ;; t.dot(x,x) ;; x@x ;; t.outer(x,x) ;;
t.mm(x[None],x[:,None]) ;; t.matmul(x,x.float()) ;; t.einsum("i,i->",x,x) ;; t.cdist(x[:,None],x[:,None]) ;; F.mse_loss(x,x) ;; F.l1_loss(x,x) ;;
F.smooth_l1_loss(x,x) ;; F.huber_loss(x,x) ;; F.binary_cross_entropy_with_logits(x,x.float()) ;; F.cross_entropy(x.float()[None],t.tensor([1])) ;;
F.cross_entropy(x[None],t.tensor([1])) ;; F.nll_loss(x[None],t.tensor([1])) ;; F.kl_div(x,x.float()) ;; F.cosine_similarity(x,x,dim=0) ;;
F.pairwise_distance(x[None],x[None]) ;; F.linear(x,x[None]) ;; F.conv1d(x.reshape(1,1,-1),x[:3].reshape(1,1,-1)) ;;
F.max_pool1d(x.reshape(1,1,-1),2) ;; F.avg_pool1d(x.reshape(1,1,-1),2) ;; F.interpolate(x.reshape(1,1,-1),scale_factor=2) ;;
F.layer_norm(x,(x.shape[0],)) ;; F.batch_norm(x.reshape(-1,1),None,None,training=True) ;; t.nan_to_num(x) ;; t.isnan(x) ;; t.isinf(x) ;;
t.isfinite(x) ;; x.isclose(x) ;; t.allclose(x,x) ;; x.equal(x.float()) ;; t.quantile(x,.5) ;; t.histc(x,3) ;; t.bincount(x.abs()) ;; t.diff(x) ;;
t.gradient(x)[0] ;; t.trapezoid(x) ;; t.cov(x[None].repeat(2,1)) ;; t.corrcoef(x[None].repeat(2,1)) ;; t.linalg.norm(x) ;; t.linalg.vector_norm(x) ;;
t.trace(x[None]*x[:,None]) ;; t.det(x[None]*x[:,None]) ;; t.inverse(x[None]*x[:,None]) ;; t.tril(x[None]*x[:,None]) ;; t.kron(x,x) ;;
t.cross(x[:3],x[:3],dim=0) ;; t.logit(x) ;; t.sinc(x) ;; t.erf(x) ;; t.lgamma(x) ;; t.digamma(x+9) ;; t.i0(x) ;; t.xlogy(x,x) ;; t.heaviside(x,x) ;;
t.copysign(x,-1) ;; t.nextafter(x.float(),x.float()) ;; t.ldexp(x,x) ;; t.fmod(x,2) ;; t.remainder(x,-2) ;; t.remainder(x,1.5) ;;
t.floor_divide(x,2) ;; t.true_divide(x,2) ;; t.div(x,2,rounding_mode="trunc") ;; t.div(x,2,rounding_mode="floor") ;; t.gcd(x,x) ;; t.clip(x,0.5) ;;
t.rand_like(x) ;; t.randn_like(x) ;; t.zeros_like(x) ;; t.randint_like(x,5).abs()*0 ;; t.bernoulli(x.clamp(0,1)) ;; t.multinomial(x.abs()+1,1)*0 ;;
t.poisson(x.abs())*0 ;; t.normal(x,1.)*0 ;; x.new_full((2,),2.7) ;; x.new_tensor([1.5]) ;; x.type_as(x.float()) ;; t.tensor([1,2.5]) ;;
t.tensor([True,2]) ;; t.tensor([True,2.]) ;; t.as_tensor([1,2],dtype=t.float16) ;; t.arange(3.) ;; t.arange(1,2,.5) ;; t.arange(3,dtype=t.float32) ;;
t.linspace(0,1,3,dtype=t.int64) ;; t.logspace(0,1,3) ;; t.full((2,),True) ;; t.full((2,),1) ;; t.full((2,),1.) ;; t.eye(2,dtype=t.int32) ;;
t.ones(2,dtype=t.bool)+t.ones(2,dtype=t.bool) ;; t.ones(2,dtype=t.bool)*2 ;; t.ones(2,dtype=t.bool)*2. ;; t.ones(2,dtype=t.bool)/2 ;;
-t.ones(2,dtype=t.uint8) ;; t.ones(2,dtype=t.uint8)-2 ;; t.ones(2,dtype=t.int8)+200 ;; t.ones(2,dtype=t.uint8)*300
"""


def _calls():
    return [call.strip() for call in CALLS.replace("\n", " ").split(";;") if call.strip()]


def _outcome(t, x, call):
    t.manual_seed(0)
    try:
        with np.errstate(all="ignore"):
            found = eval(call, {"t": t, "F": t.nn.functional, "x": x})
    except Exception as error:
        return error
    return found.detach().numpy() if isinstance(found, t.Tensor) else found


def _differs(found, expected, close):
    if isinstance(expected, Exception) or isinstance(found, Exception):
        return isinstance(expected, Exception) != isinstance(found, Exception)
    if not isinstance(expected, np.ndarray):
        return found != expected
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        return True
    return not np.allclose(found.astype(float), expected.astype(float), rtol=close, atol=close / 3, equal_nan=True)


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool", "int8", "float16"])
def test_functions_of_every_dtype(dtype):
    array = np.array([0, 1, 2, 3, 5, 1] if dtype in ("uint8", "bool") else [-3, -1, 0, 1, 2, 5]).astype(dtype)
    close = 3e-3 if dtype == "float16" else 1e-5
    told = []
    for call in _calls():
        found, expected = (_outcome(t, t.tensor(array), call) for t in (tg, torch))
        if _differs(found, expected, close):
            told.append(f"{call}: {found!r} where PyTorch has {expected!r}")
    assert not told, "\n".join(told)
